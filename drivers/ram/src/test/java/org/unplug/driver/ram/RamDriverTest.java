package org.unplug.driver.ram;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;
import org.unplug.block.Bio;
import org.unplug.block.BlockStatus;
import org.unplug.block.DiskHandle;
import org.unplug.block.testing.DiskDriverContract;

class RamDriverTest extends DiskDriverContract {

    private static final int MIB = 1 << 20;

    @Override
    protected Candidate make() {
        RamDriver driver = new RamDriver(3 * MIB + 4096, 4096);
        return new Candidate(driver, driver.spec("ram"));
    }

    @Test
    void memory_comesWithTheFirstWrite_andGoesWithTheDiscard() throws Exception {
        RamDriver driver = new RamDriver(64L * MIB, 512);
        String name = layer.add(driver.spec("ram"), driver).info().name();
        assertTrue(layer.settle(10_000));
        assertEquals(0, driver.allocatedBytes());
        DiskHandle handle = layer.open(name);
        handle.write(MIB / 512 - 1, ByteBuffer.allocate(1024));
        assertEquals(2L * MIB, driver.allocatedBytes());
        Bio bio = handle.newBio().discard(0, MIB / 512);
        handle.submit(bio);
        assertEquals(BlockStatus.OK, bio.status());
        assertEquals(MIB, driver.allocatedBytes());
    }

    @Test
    void sizeThatIsNoMultipleOfTheBlock_isRefusedInOneLine() {
        assertEquals(
                "RAM disk of 1000 bytes: must be a positive multiple of the 512 byte block",
                assertThrows(IllegalArgumentException.class, () -> new RamDriver(1000, 512))
                        .getMessage());
        assertThrows(IllegalArgumentException.class, () -> new RamDriver(0, 512));
        assertThrows(IllegalArgumentException.class, () -> new RamDriver(1024, 0));
    }
}
