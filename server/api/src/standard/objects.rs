//! Chapters 6 to 8: what is maintained, remotely or on site, and how bad a fault is.

use super::screens::{CHECK_IN, CODES, PHONE_WORK_ORDER, REPORT, TERMINAL, WORK, WORK_ORDER};
use super::{Entry, Part, State, planned, words};

pub(super) const ENTRIES: &[Entry] = &[
    Entry {
        number: "6 a",
        demand: words(
            "终端设施设备：自助服务终端设备、附属部件、服务器等。",
            "Terminal equipment: terminals, accessories, servers.",
        ),
        answer: words(
            "每台终端登记型号、点位、坐标、围栏、运维单位和主管单位。标签、屏幕动态码、防伪标签按终端登记，可以作废。多部手机的定位与登记坐标相差一个国内地图偏移的，列为复测任务，不自动更改。",
            "Each terminal has model, site, position, fence, provider and authority. Labels, screens with rotating codes and tags are registered per terminal and can be revoked. Coordinates that several phones find one GCJ-02 offset away become a task to survey them again; nothing changes by itself.",
        ),
        state: State::InPart(words(
            "附属部件、服务器；序列号、供应商、保修、备用机；设备责任人；登记界面。",
            "Accessories and servers; serial number, supplier, warranty, spare machine; the responsible person; a screen to register them.",
        )),
        part: Part::Governing,
        code: &["server/domain/src/register.rs", "server/api/src/codes"],
        tests: &[
            "server/store/tests/store/register.rs::sites_and_terminals_are_listed_and_searched",
            "tests/integration/flows/codes.rs::a_stale_label_warns_and_a_revoked_one_gives_nothing",
            "tests/integration/flows/register_task.rs::two_phones_make_it_a_task_that_is_settled_with_a_reason_and_changes_nothing_by_itself",
        ],
        screens: &[CODES, TERMINAL],
    },
    planned(
        "6 b",
        Part::Governing,
        words(
            "应用系统：终端管理平台、应用系统、服务系统等。",
            "Applications: management platform, application systems, service systems.",
        ),
        words(
            "计划：登记平台和应用、开发单位、数据接口的归口部门；工单可指向应用。",
            "Planned: a register of platforms and applications with developer and owner of the data interface; a work order may point at one.",
        ),
    ),
    planned(
        "6 c",
        Part::Governing,
        words(
            "网络环境：网络设备、访问网络等。",
            "Networks: network devices and access networks.",
        ),
        words(
            "计划：登记网络设备和线路（运营商、IP、链路）；工单可指向网络。",
            "Planned: a register of network devices and lines (carrier, IP, link); a work order may point at one.",
        ),
    ),
    Entry {
        number: "6 d",
        demand: words(
            "布点场所：场地硬件设施、场地物理环境等。",
            "Sites: their hardware and physical environment.",
        ),
        answer: words(
            "每个点位登记所在区、地址、坐标、开放时间、电话、管理单位、设备管理人员和围栏；其中与公众有关的显示在扫码页。",
            "Each site has district, address, position, hours, phone, unit in charge, managers and fence; what concerns the public is on the page behind the QR code.",
        ),
        state: State::InPart(words(
            "电源（含 UPS）、硬件设施和环境；现场测定围栏；整个点位停用时的一张工单。",
            "Power (with UPS), facilities and environment; surveying the fence on the spot; one work order for a whole site.",
        )),
        part: Part::Governing,
        code: &[
            "server/domain/src/register.rs",
            "server/store/src/register.rs",
        ],
        tests: &[
            "server/domain/src/register.rs::the_nearest_stated_radius_counts",
            "server/api/src/tests/public.rs::the_page_says_who_looks_after_the_terminal_and_stays_small",
        ],
        screens: &[TERMINAL],
    },
    Entry {
        number: "7.1",
        demand: words(
            "通过电话指导、远程网络操作等远程方式解决问题，同时生成运维工单记录。",
            "Problems are solved remotely, by phone or over the network, and a work order records it.",
        ),
        answer: words(
            "远程处理也必须有工单。技术员在手机上选「不用到场，远程处理」，填原因、措施和修复类别；不再要求到场，修复时限从接到报障起算。",
            "Remote work needs a work order too. The technician chooses “Repair remotely, no visit” on the phone and gives cause, action and repair class; no arrival is asked for, and the limit of the repair runs from the report.",
        ),
        state: State::InPart(words(
            "在宽屏上（不用手机）记录远程处理；电话指导、远程操作各自成条的过程记录。",
            "Recording remote work on the wide screen, without a phone; an action log that tells guidance by phone from work over the network.",
        )),
        part: Part::WorkOrders,
        code: &[
            "server/domain/src/work_order/judge.rs",
            "pwa/src/features/work",
        ],
        tests: &[
            "server/domain/src/work_order/tests/judgement.rs::remote_work_without_a_visit_needs_no_arrival",
            "server/domain/src/work_order/tests/summary.rs::remote_work_has_no_arrival_even_after_a_visit",
        ],
        screens: &[PHONE_WORK_ORDER, WORK, WORK_ORDER],
    },
    Entry {
        number: "7.2",
        demand: words(
            "实地排查故障，通过维修、升级、更换配件等解决问题，现场填报运维工单。",
            "Faults are examined on the spot and solved by repair, upgrade or parts; the work order is filled in on site.",
        ),
        answer: words(
            "没有网络也能在现场填：签到、处理记录、配件及序列号、照片、修复完成、签收，逐条签名并先存本机，再传服务器。一张工单可以多次到场、由几个人处理，先远程后现场仍是同一张。",
            "It is filled in on site, also without network: check-in, work, parts with serial numbers, photos, restoration, sign-off; each is signed and on the phone's disk before it is sent. One work order can have several visits and several people, and stays the same when remote work turns into a visit.",
        ),
        state: State::Works,
        part: Part::WorkOrders,
        code: &[
            "pwa/src/sync/recorder.ts",
            "pwa/src/features/work",
            "server/api/src/intake",
        ],
        tests: &[
            "tests/e2e/specs/main-story.spec.mjs::repair and photos are kept as they are typed, through a dead battery",
            "tests/integration/flows/offline_day.rs::a_day_of_several_requests_keeps_its_order",
            "tests/integration/flows/reassignment.rs::two_technicians_at_once_both_leave_their_record",
        ],
        screens: &[PHONE_WORK_ORDER, CHECK_IN, WORK],
    },
    Entry {
        number: "8",
        demand: words(
            "故障分一般、严重两级；常见故障的分类和级别见表 1（15 种）。",
            "Faults are general or severe; table 1 gives the common ones (15) with their level.",
        ),
        answer: words(
            "表 1 的 15 种全部内置，报障时按分类定级。另加「应用页面无法访问」：10.2.4 要处理它而表 1 没有，定为严重。级别只决定响应时限。设备漏电时提示断电、远离。",
            "All 15 rows are built in, and the class of a report gives its level. “Page cannot be reached” is added as severe: 10.2.4 handles it, table 1 lacks it. The level decides the response limit only. Electric leakage shows a warning to cut the power and keep away.",
        ),
        state: State::InPart(words(
            "表 1 只列「常见」故障：还不能增补分类，也不能说明理由后改级别；缺失耗材还不先派给网点。",
            "Table 1 lists only common faults: classes cannot be added yet, nor a level changed with a reason; missing consumables do not go to the site first.",
        )),
        part: Part::WorkOrders,
        code: &[
            "server/domain/src/fault.rs",
            "server/api/src/public/form.rs",
        ],
        tests: &[
            "server/domain/src/fault.rs::row_of_table_1_has_its_level_and_name",
            "server/domain/src/fault.rs::the_table_has_fifteen_rows_and_the_one_of_10_2_4",
            "server/domain/src/fault.rs::a_code_outside_the_table_is_refused",
        ],
        screens: &[REPORT, TERMINAL],
    },
];
