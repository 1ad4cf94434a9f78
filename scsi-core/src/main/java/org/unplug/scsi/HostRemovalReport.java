package org.unplug.scsi;

import java.util.List;

/**
 * What the removal of a host adapter did. Every remover of the same host sees the same report.
 *
 * @param host the adapter's number
 * @param name what its driver calls it
 * @param devices what became of its devices
 * @param quiet whether nobody is inside the driver and nobody will enter: only a driver that never returns from a call
 *     makes this false
 * @param inFlight commands inside the driver when the devices were removed
 * @param notLetGo commands that the driver had not completed when the removal returned; their buffers stay out of every pool
 * @param totalNanos from the beginning until the remover returned
 * @param stuck who was inside the driver at the deadline, one line each: the call and the thread
 * @param problems what else went wrong or was late, one line each
 */
public record HostRemovalReport(
        int host,
        String name,
        List<DeviceRemovalReport> devices,
        boolean quiet,
        int inFlight,
        int notLetGo,
        long totalNanos,
        List<String> stuck,
        List<String> problems) {

    public HostRemovalReport {
        devices = List.copyOf(devices);
        stuck = List.copyOf(stuck);
        problems = List.copyOf(problems);
    }

    /** One line for a log. */
    public String summary() {
        StringBuilder text = new StringBuilder("host")
                .append(host)
                .append(" (")
                .append(name)
                .append(") removed in ")
                .append(totalNanos / 1_000_000)
                .append(" ms: ")
                .append(devices.size())
                .append(" devices, ")
                .append(inFlight)
                .append(" commands in flight");
        if (notLetGo > 0) {
            text.append(", ").append(notLetGo).append(" not let go");
        }
        stuck.forEach(s -> text.append("; stuck: ").append(s));
        problems.forEach(p -> text.append("; ").append(p));
        return text.toString();
    }
}
