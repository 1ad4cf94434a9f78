package org.unplug.driver.ram;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;
import org.unplug.block.Bio;
import org.unplug.block.BlockStatus;
import org.unplug.block.DiskHandle;
import org.unplug.block.Removal;
import org.unplug.block.spi.DiskRegistration;
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

    /** Without copying, but where the data lies in two chunks; and what is dropped lives on in its loans, which hold nothing else. */
    @Test
    void reads_borrowTheDisksOwnMemory_whichOutlivesDiscardAndRemoval() throws Exception {
        RamDriver driver = new RamDriver(4L * MIB, 512);
        DiskRegistration disk = layer.add(driver.spec("ram"), driver);
        assertTrue(layer.settle(10_000));
        DiskHandle handle = layer.open(disk.info().name());
        ByteBuffer written = ByteBuffer.allocate(4096);
        while (written.hasRemaining()) {
            written.put((byte) written.position());
        }
        handle.write(8, written.flip());
        ByteBuffer loan = borrowed(handle, 8, 4096);
        assertEquals(written, loan);
        assertTrue(loan.isReadOnly());
        handle.write(8, ByteBuffer.allocate(512));
        assertEquals(ByteBuffer.allocate(512), loan.slice(0, 512), "the disk's own memory");
        assertEquals(ByteBuffer.allocate(4096), borrowed(handle, 3 * MIB / 512, 4096), "never written");
        assertNull(borrowed(handle, MIB / 512 - 1, 1024), "in two chunks");

        Bio discard = handle.newBio().discard(0, MIB / 512);
        handle.submit(discard);
        disk.remove(Removal.SURPRISE);
        assertEquals(0, driver.allocatedBytes());
        assertEquals(written.slice(512, 3584), loan.slice(512, 3584));
    }

    private static ByteBuffer borrowed(DiskHandle handle, long sector, int bytes) {
        Bio bio = handle.newBio().read(sector, ByteBuffer.allocate(bytes)).mayBorrow(true);
        handle.submit(bio);
        assertEquals(BlockStatus.OK, bio.status());
        return bio.takeLoan();
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
