//! The stable codes of the presence judgement with their words: factors change the points,
//! doubts explain what was not used or looks wrong.

use crate::text::coded;

coded! {
    /// What changed the points.
    FactorCode {
        SignedLabel "signed_label"
            "扫到了本终端的签名标签" "This terminal's signed label was scanned";
        StaticCode "static_code"
            "扫到了本终端的编号（没有签名，知道编号就能做出）" "This terminal's number was scanned, without a signature";
        ScreenCode "screen_code"
            "扫到了本终端屏幕上刚生成的动态码" "A fresh code on this terminal's own screen was scanned";
        StepCode "step_code"
            "扫到了本终端屏幕离线时的动态码" "A rotating code on this terminal's screen without network was scanned";
        Tap "tap"
            "碰触了本终端的防伪标签（NFC）" "This terminal's NFC tag was tapped";
        ManagerPhone "manager_phone"
            "扫到了现场设备管理人员本人手机上的动态码" "A fresh code on the site manager's own phone was scanned";
        TypedCode "typed_code"
            "手工输入了本终端的编号" "This terminal's number was typed in";
        GpsInside "gps_inside"
            "定位在围栏之内" "The position is inside the fence";
        GpsUncertain "gps_uncertain"
            "定位误差较大，不能判定在围栏内还是围栏外" "The position is too rough to tell inside from outside";
        GpsOutside "gps_outside"
            "定位在围栏之外" "The position is outside the fence";
        GpsNone "gps_none"
            "没有可用的定位" "There is no usable position";
        FixesImplausible "fixes_implausible"
            "定位数据不像真实测量" "The position readings do not look like real ones";
        ManagerConfirmed "manager_confirmed"
            "现场设备管理人员在技术人员手机上确认" "The site manager confirmed on the technician's phone";
        ImpossibleSpeed "impossible_speed"
            "从上一次签到地点不可能这么快赶到" "Nobody can get here so fast from the last check-in";
    }
}

coded! {
    /// What was not used, or looks wrong and wants a human eye.
    Doubt {
        OtherTerminalCode "other_terminal_code"
            "扫到的是另一台终端的码" "The scanned code belongs to another terminal";
        OtherTerminalNamed "other_terminal_named"
            "签到的终端不是工单所报的终端" "The check-in names another terminal than the work order";
        NoScan "no_scan"
            "没有扫码，也没有输入终端编号" "No code was scanned or typed";
        CodeNotUnderstood "code_not_understood"
            "扫到的内容不是终端码" "The scanned code is not a terminal's code";
        CodeUnverified "code_unverified"
            "所扫的码要由服务器核验，暂按普通编号计" "The server has yet to verify the code; until then it counts as a plain number";
        LabelStale "label_stale"
            "标签是旧批次的，该终端已有新标签，请更换" "The label is of an earlier print run; this terminal has a newer one, replace it";
        LabelRevoked "label_revoked"
            "标签所属的印制批次已作废，扫码不计分" "The label's print run was revoked, so the scan gives no points";
        CodeForged "code_forged"
            "所扫的码签名不符：伪造，或终端移了点位而标签未换，扫码不计分" "The code's signature is wrong: forged, or the terminal moved and kept its label; the scan gives no points";
        CodeUnknown "code_unknown"
            "所扫的码没有登记（批次、屏幕或标签不在册），扫码不计分" "No print run, screen or tag is registered for the code, so the scan gives no points";
        CodeOutOfService "code_out_of_service"
            "所扫的屏幕码或防伪标签已停用，扫码不计分" "The screen or tag behind the code was taken out of service, so the scan gives no points";
        CodeReplayed "code_replayed"
            "所扫的动态码或碰触已被用过一次" "The code or tap had been used before";
        ScreenCodeOld "screen_code_old"
            "动态码生成超过一分钟后才被扫到，按普通编号计" "The rotating code was more than a minute old, so it counts as a plain number";
        ScreenCodeAhead "screen_code_ahead"
            "动态码的生成时间晚于扫码的可证时间，扫码不计分，需要核查服务器时间" "The rotating code is dated later than the scan can have been, so it gives no points; look into the server's times";
        StepApart "step_apart"
            "离线动态码的时间与扫码的可证时间不符，按普通编号计" "The time of the rotating code does not fit the scan, so it counts as a plain number";
        TapKept "tap_kept"
            "碰触早于所称的时间：在那之前同一标签已有更新的碰触" "The tap was made earlier than claimed: by then the same tag had been tapped again";
        ScanApart "scan_apart"
            "扫码与签到相隔太久，扫码未采用" "The scan is too far from the check-in in time and was not used";
        ScanOtherSession "scan_other_session"
            "扫码后重新打开过应用，无法确认扫码与签到的间隔，扫码未采用" "The app was reopened between scan and check-in, so the scan was not used";
        FixesApart "fixes_apart"
            "部分定位不是在扫码签到前后取得的，未采用" "Some positions were not taken around the check-in and were not used";
        FixInvalid "fix_invalid"
            "部分定位数值无效，未采用" "Some positions have impossible values and were not used";
        FewFixes "few_fixes"
            "可用的定位次数偏少" "There are only few usable positions";
        FixesFrozen "fixes_frozen"
            "多次定位完全相同，可能是模拟定位" "The position did not move at all, as simulated ones do";
        AccuracyTooGood "accuracy_too_good"
            "定位精度好得不真实，可能是模拟定位" "The accuracy is too good to be real, as with simulated positions";
        AccuracyTooPoor "accuracy_too_poor"
            "定位误差过大" "The position is very rough";
        CrsSuspect "crs_suspect"
            "定位与终端相差约六百米，像是地图坐标系不同所致，请核对终端坐标" "About 600 m off, as when map coordinate systems are mixed; check the terminal's coordinates";
        CrsConverted "crs_converted"
            "定位为国测局坐标，已换算后比较" "The position came in GCJ-02 and was converted before comparing";
        TerminalUnplaced "terminal_unplaced"
            "终端登记的坐标无效，无法比较定位" "The terminal's registered coordinates are invalid, so no position can be compared";
        NoFixDenied "no_fix_denied"
            "没有定位：手机未授权定位" "No position: permission was denied";
        NoFixTimeout "no_fix_timeout"
            "没有定位：等待定位超时" "No position: the phone found none in time";
        NoFixIndoors "no_fix_indoors"
            "没有定位：在室内" "No position: indoors";
        NoFixBasement "no_fix_basement"
            "没有定位：在地下" "No position: below ground";
        NoFixNoSensor "no_fix_no_sensor"
            "没有定位：手机没有定位功能" "No position: the phone has no receiver";
        NoFixUnexplained "no_fix_unexplained"
            "没有定位，也没有说明原因" "No position, and no reason was given";
    }
}
