import { messages } from '../../shared/i18n'

export const t = messages({
  zh: {
    title: '待您评价的工单',
    lead: '修复完成后，请核对处理情况并评价。三个工作日内无人评价的，按“未评价”关闭。',
    none: '没有待评价的工单',
    evaluate: '核对并评价',
    due: '请在 {time} 前评价',
    failed: '没有打开',
  },
  en: {
    title: 'Waiting for your evaluation',
    lead: 'After a repair, please read what was done and evaluate it. What nobody evaluates within three working days closes as not evaluated.',
    none: 'Nothing waits for your evaluation',
    evaluate: 'Read and evaluate',
    due: 'Please evaluate by {time}',
    failed: 'It did not open',
  },
})
