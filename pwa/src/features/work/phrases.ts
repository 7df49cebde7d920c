/** Frequent causes, actions and parts, so that typing is the last resort. Plain suggestions. */
import type { Lang } from '../../shared/i18n'

type Phrases = Record<Lang, readonly string[]>
export interface Suggestions {
  causes: Phrases
  actions: Phrases
}

const byCategory: Record<string, Suggestions> = {
  HW: {
    causes: {
      zh: ['线缆松动', '部件老化损坏', '驱动异常', '内存占用过高', '灰尘过多、散热不良'],
      en: ['Loose cable', 'Worn-out part', 'Driver fault', 'Memory exhausted', 'Dust and heat'],
    },
    actions: {
      zh: ['重启主机', '重插线缆', '重装驱动', '更换部件', '清洁除尘', '清理磁盘和进程'],
      en: ['Restarted the host', 'Reseated the cable', 'Reinstalled the driver', 'Replaced the part', 'Cleaned', 'Cleared disk and processes'],
    },
  },
  APP: {
    causes: {
      zh: ['应用版本过旧', '应用配置错误', '业务接口异常', '缓存异常'],
      en: ['Outdated app', 'Wrong configuration', 'Department interface fault', 'Cache fault'],
    },
    actions: {
      zh: ['重启应用', '升级应用版本', '修正配置', '清理缓存', '联系业务系统开发商'],
      en: ['Restarted the app', 'Updated the app', 'Corrected the configuration', 'Cleared the cache', 'Contacted the developer'],
    },
  },
  NET: {
    causes: {
      zh: ['网线松动或损坏', 'IP 地址变动', '交换机故障', '运营商线路故障'],
      en: ['Loose or broken cable', 'IP address changed', 'Switch fault', 'Carrier line fault'],
    },
    actions: {
      zh: ['更换网线', '重新配置 IP', '重启网络设备', '联系运营商'],
      en: ['Replaced the cable', 'Reconfigured the IP', 'Restarted the network device', 'Contacted the carrier'],
    },
  },
  OTH: {
    causes: {
      zh: ['场地停电', '插座松动', '漏电', '纸张或耗材用尽'],
      en: ['Power cut on site', 'Loose socket', 'Leakage', 'Out of paper or supplies'],
    },
    actions: {
      zh: ['恢复供电', '断电并挂牌', '更换插座', '补充耗材'],
      en: ['Restored power', 'Cut power and put up a sign', 'Replaced the socket', 'Refilled supplies'],
    },
  },
}

export const partNames: Phrases = {
  zh: ['热敏打印机', '身份证读卡器', '高拍仪', '触摸屏', '扫码器', '内存', '硬盘', '电源', '网线'],
  en: ['Thermal printer', 'ID card reader', 'Document camera', 'Touch screen', 'Code scanner', 'Memory', 'Disk', 'Power supply', 'Network cable'],
}

/** By the letters before the number of a fault code of table 1. */
export function suggestionsFor(fault: string): Suggestions | undefined {
  return byCategory[fault.split('-')[0] ?? '']
}
