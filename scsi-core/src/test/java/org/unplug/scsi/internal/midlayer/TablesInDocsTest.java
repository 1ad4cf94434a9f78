package org.unplug.scsi.internal.midlayer;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.unplug.scsi.ScsiDeviceState;
import org.unplug.scsi.ScsiHostState;
import org.unplug.scsi.ScsiStatus;
import org.unplug.scsi.internal.midlayer.Disposition.Effect;
import org.unplug.scsi.internal.midlayer.Disposition.SenseRow;
import org.unplug.scsi.spi.HostByte;

/** The tables in docs/scsi.md are those of the code. */
class TablesInDocsTest {

    private static final Path DOCS = Path.of("..", "docs", "scsi.md");

    private static void assertInDocs(String table) throws IOException {
        assertTrue(Files.readString(DOCS).contains(table), DOCS + " should have\n" + table);
    }

    private static String row(Object... cells) {
        return Arrays.stream(cells).map(String::valueOf).collect(Collectors.joining(" | ", "| ", " |\n"));
    }

    private static String head(Object... cells) {
        return row(cells) + "|" + "---|".repeat(cells.length) + "\n";
    }

    private static Object[] cells(Object first, Stream<?> others) {
        return Stream.concat(Stream.of(first), others).toArray();
    }

    private static String to(Optional<?> state) {
        return state.map(Object::toString).orElse("");
    }

    @Test
    void devicesEvents_areAsWritten() throws IOException {
        StringBuilder table = new StringBuilder(
                head(cells("state", Arrays.stream(DeviceEvent.values()).map(Enum::name))));
        for (ScsiDeviceState from : ScsiDeviceState.values()) {
            table.append(row(cells(from, Arrays.stream(DeviceEvent.values()).map(event -> to(event.from(from))))));
        }
        assertInDocs(table.toString());
    }

    @Test
    void hostsEvents_areAsWritten() throws IOException {
        StringBuilder table = new StringBuilder(
                head(cells("state", Arrays.stream(HostEvent.values()).map(Enum::name))));
        for (ScsiHostState from : ScsiHostState.values()) {
            table.append(row(cells(from, Arrays.stream(HostEvent.values()).map(event -> to(event.from(from))))));
        }
        assertInDocs(table.toString());
    }

    @Test
    void hostBytesAndStatuses_decideAsWritten() throws IOException {
        StringBuilder table = new StringBuilder(head("what came back", "then", "ends as"));
        for (HostByte host : HostByte.values()) {
            if (host != HostByte.OK) {
                table.append(line(host.name(), Disposition.of(host, ScsiStatus.GOOD, Optional.empty(), 0, false)));
            }
        }
        for (ScsiStatus status : ScsiStatus.values()) {
            String name = status == ScsiStatus.CHECK_CONDITION ? status + " without sense data" : status.name();
            table.append(line(name, Disposition.of(HostByte.OK, status, Optional.empty(), 0, false)));
        }
        assertInDocs(table.toString());
    }

    private static String line(String what, Disposition then) {
        return row(what, then.action(), then.status());
    }

    @Test
    void senseData_decidesAsWritten() throws IOException {
        StringBuilder table = new StringBuilder(head("sense key", "code", "medium", "then", "ends as", "and"));
        for (SenseRow row : Disposition.bySense()) {
            Disposition then = row.then();
            table.append(row(
                    row.key(),
                    hex(row.asc()) + (row.asc() < 0 ? "" : "/" + hex(row.ascq())),
                    row.media().name().toLowerCase(Locale.ROOT),
                    then.action(),
                    then.status(),
                    then.effect() == Effect.NONE ? "" : then.effect()));
        }
        assertInDocs(table.toString());
    }

    private static String hex(int code) {
        return code < 0 ? "any" : String.format("%02X", code);
    }
}
