import { messages } from '../../shared/i18n'

export const t = messages({
  zh: {
    title: '评价链接',
    offline: '生成链接需要网络。没有网络时，请把手机交给现场管理人员签收。',
    unsent: '还有 {n} 条记录没有送达。请等记录送达后再生成链接，否则现场管理人员看到的不是最新内容。',
    done: '该工单现在不需要评价。',
    back: '返回工单',
  },
  en: {
    title: 'Evaluation link',
    offline: 'A link needs the network. Without it, hand the phone to the site manager.',
    unsent: '{n} records are not delivered yet. Wait for them, or the site manager would not see the latest.',
    done: 'This work order needs no evaluation now.',
    back: 'Back to the work order',
  },
})
