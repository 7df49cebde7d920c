/** Words of warnings and escalation 提醒、升级, for phone and console. */
import { messages } from '../../i18n'

export const t = messages({
  zh: {
    'rung.warning': '时限提醒',
    'rung.overdue': '超时通知',
    'rung.leader': '升级到上级',
    'rung.leader_above': '再升级',
    'clock.response': '响应',
    'clock.arrival': '到场',
    'clock.repair': '修复',
    told: '已通知 {people}',
    nobody: '值班表没有安排人员，未通知到人',
    taken_over: '上级接手',
  },
  en: {
    'rung.warning': 'Limit comes near',
    'rung.overdue': 'Limit has passed',
    'rung.leader': 'Escalated to the leader',
    'rung.leader_above': 'Escalated further',
    'clock.response': 'Response',
    'clock.arrival': 'Arrival',
    'clock.repair': 'Repair',
    told: 'Told {people}',
    nobody: 'The roster names nobody; nobody was told',
    taken_over: 'Taken over by a leader',
  },
})
