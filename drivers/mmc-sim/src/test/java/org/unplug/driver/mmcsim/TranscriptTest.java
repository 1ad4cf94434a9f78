package org.unplug.driver.mmcsim;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.unplug.mmc.CardType;
import org.unplug.mmc.TraceEntry;
import org.unplug.mmc.sim.CardFault;
import org.unplug.mmc.sim.CardSpec;

/** The start-ups in docs/mmc-startup.md are what goes over the line. */
class TranscriptTest {

    private static final int MIB = 1 << 20;
    private static final Path DOCUMENT = Path.of("../../docs/mmc-startup.md");
    private static final Path WRITTEN = Path.of("target/mmc-startup.txt");

    private static List<String> transcript(CardType type, CardFault... faults) throws IOException {
        try (Rig rig = new Rig()) {
            for (CardFault fault : faults) {
                rig.simulator.inject("slot0", fault);
            }
            rig.simulator.insert(
                    "slot0", CardSpec.memory(64 * MIB).withType(type).withSerial(0x1014));
            rig.awaitCard();
            return rig.bus.startup("mmc0").stream().map(TranscriptTest::line).toList();
        }
    }

    private static String line(TraceEntry entry) {
        return String.format(
                        "%-7s %-28s %-34s %-4s %-33s %s",
                        entry.what(), entry.name(), entry.argument(), entry.type(), entry.response(), entry.meaning())
                .stripTrailing();
    }

    private static List<String> recorded() throws IOException {
        List<String> lines = new ArrayList<>();
        lines.add("## SDSC");
        lines.addAll(transcript(CardType.SDSC));
        lines.add("## SDHC, at 1.8 V");
        lines.addAll(transcript(CardType.SDHC));
        lines.add("## SDHC, whose change of voltage fails");
        lines.addAll(transcript(
                CardType.SDHC, CardFault.next(CardFault.Kind.LINES_STUCK).at(11)));
        lines.add("## eMMC");
        lines.addAll(transcript(CardType.EMMC));
        return lines;
    }

    @Test
    void documentedTranscripts_areWhatGoesOverTheLine() throws IOException {
        List<String> recorded = recorded();
        Files.write(WRITTEN, recorded);
        List<String> all = Files.readAllLines(DOCUMENT);
        int from = all.indexOf("```text") + 1;
        List<String> documented = all.subList(from, all.lastIndexOf("```"));
        assertEquals(
                String.join("\n", recorded),
                String.join("\n", documented),
                () -> "docs/mmc-startup.md is not what " + WRITTEN.toAbsolutePath() + " says");
    }
}
