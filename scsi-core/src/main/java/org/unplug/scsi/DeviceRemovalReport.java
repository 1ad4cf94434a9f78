package org.unplug.scsi;

import java.util.List;
import java.util.Optional;
import org.unplug.block.Removal;
import org.unplug.block.RemovalReport;

/**
 * What the removal of a device did. Every remover of the same device sees the same report.
 *
 * @param address the device
 * @param kind how it ended up: an orderly removal that a surprise overtook says SURPRISE
 * @param disk the removal of its disk; empty if it had none
 * @param finalState DEL, always
 * @param totalNanos from the beginning until the remover returned
 * @param problems what went wrong or was late, one line each
 */
public record DeviceRemovalReport(
        ScsiAddress address,
        Removal kind,
        Optional<RemovalReport> disk,
        ScsiDeviceState finalState,
        long totalNanos,
        List<String> problems) {

    public DeviceRemovalReport {
        problems = List.copyOf(problems);
    }
}
