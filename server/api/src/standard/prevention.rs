//! 10.1: scans, hardening, backups.

use super::{Entry, Part, planned, words};

pub(super) const ENTRIES: &[Entry] = &[
    planned(
        "10.1.1 a",
        Part::Governing,
        words(
            "漏洞扫描：每季度一次，内容含敏感目录文件、SQL 注入、跨系统脚本、会话管理、跨系统请求伪造、应用程序错误、配置、上传下载等所有已知漏洞。",
            "Every quarter a vulnerability scan: sensitive directories and files, SQL injection, cross-system scripting, session management, cross-system request forgery, application errors, configuration, upload and download, and all others known.",
        ),
        words(
            "计划：每季度一项任务，按这份清单登记结果、报告文件和发现；发现在修复或接受风险之前一直开着。",
            "Planned: a task each quarter with this checklist, its report and its findings; a finding stays open until it is fixed or accepted.",
        ),
    ),
    planned(
        "10.1.1 b",
        Part::Governing,
        words(
            "渗透性测试：每季度模拟黑客入侵，找出安全隐患。",
            "Every quarter a penetration test with a tool, to find weaknesses.",
        ),
        words(
            "计划：同上，另记所用工具。",
            "Planned: as above, with the tool that was used.",
        ),
    ),
    planned(
        "10.1.1 c",
        Part::Governing,
        words(
            "木马扫描：每季度一次，含服务器目录和文件。",
            "Every quarter a trojan scan, including the servers' directories and files.",
        ),
        words("计划：同上。", "Planned: as above."),
    ),
    planned(
        "10.1.2 a",
        Part::Governing,
        words(
            "代码加固：混淆、防假冒应用、防逆向、防调试、防二次打包等。",
            "Code hardening: obfuscation, against counterfeits, reversing, debugging, repacking.",
        ),
        words(
            "计划：标准没有给周期，读作每项发现都要加固或说明接受风险，另至少每年一次（可调）。",
            "Planned: no period is given; we read it as an action or an accepted risk for each finding, and at least yearly (adjustable).",
        ),
    ),
    planned(
        "10.1.2 b",
        Part::Governing,
        words(
            "配置加固：服务器口令、配置优化、限制防火墙端口和访问策略。",
            "Configuration hardening: passwords, settings, firewall ports and access rules.",
        ),
        words("计划：同上。", "Planned: as above."),
    ),
    planned(
        "10.1.2 c",
        Part::Governing,
        words(
            "根据木马扫描结果进行相应加固。",
            "Hardening after what the trojan scan found.",
        ),
        words(
            "计划：木马扫描的每项发现连着它的加固措施。",
            "Planned: each finding of the trojan scan is linked to its action.",
        ),
    ),
    planned(
        "10.1.3",
        Part::Governing,
        words(
            "通过程序、数据库、存储备份等，周期性备份历史数据。",
            "Historical data are backed up periodically: programs, database, storage.",
        ),
        words(
            "计划：周期没有规定，默认每日数据库、每周全量、每季度恢复演练（可调）；本系统自身的备份自动登记。",
            "Planned: the period is not given; daily database, weekly full, quarterly restore test by default (adjustable); backups of this server register themselves.",
        ),
    ),
];
