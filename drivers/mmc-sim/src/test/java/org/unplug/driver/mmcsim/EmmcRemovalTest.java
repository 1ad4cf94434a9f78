package org.unplug.driver.mmcsim;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.unplug.block.testing.AdapterRemovalContract;
import org.unplug.block.testing.AdapterStack;
import org.unplug.block.testing.FlatBlockLayer;
import org.unplug.mmc.CardType;
import org.unplug.ref.Clockwork;

/** The removal tests that every bus core passes, for an eMMC: with a volatile cache, and boot areas as disks. */
@Timeout(1200)
@Execution(ExecutionMode.CONCURRENT)
class EmmcRemovalTest extends AdapterRemovalContract {

    @TempDir
    Path directory;

    @Override
    protected AdapterStack assemble(FlatBlockLayer over, Clockwork clock) throws Exception {
        return new MmcStack(over, clock, Files.createTempDirectory(directory, "slot"), CardType.EMMC);
    }
}
