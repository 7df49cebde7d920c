//! The stable codes of the presence judgement with their words: factors change the points,
//! doubts explain what was not used or looks wrong.

use crate::text::coded;

coded! {
    /// What changed the points.
    FactorCode {
        StaticCode "static_code"
            "扫到了本终端的二维码" "This terminal's code was scanned";
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
