/** Shared texts, Chinese. The original: English follows its keys. */
export const zh = {
  'problem.network': '没有网络，记录已保存在本机，联网后自动发送',
  'problem.timeout': '服务器没有及时应答，稍后自动重试',
  'problem.aborted': '请求已取消',
  'problem.signed_out': '登录已过期，请重新登录；未发送的记录都在本机',
  'problem.server': '服务器暂时出错（{status}），稍后自动重试',
  'problem.other': '{detail}',
  'problem.receipt': '服务器的回执与本机记录不符，已停止发送，请联系管理员',
  'problem.update': '服务器要求新版本，请更新应用',
  'storage.full': '本机空间已满：先同步或清理照片后再拍照；文字记录和签到仍可保存',
  'camera.denied': '未允许使用相机',
  'camera.none': '没有可用的相机',
  'photo.heic': '这张照片是 HEIC 格式，无法读取。请在相机设置中选择“兼容性最佳”（JPEG）后重拍',
  'photo.unreadable': '无法读取这张照片，请重拍',
  'photo.empty': '照片是空的，请重拍',
  'key.not_kept': '本机浏览器不能保存签名密钥（可能是无痕或锁定模式），请用普通模式打开或换一个浏览器',
  'unknown': '出错了：{detail}',
} as const
