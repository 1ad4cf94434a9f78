package org.unplug.scsi.debug.internal.adapter;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.unplug.ref.Clockwork;
import org.unplug.ref.SystemClockwork;
import org.unplug.scsi.debug.LunSpec;
import org.unplug.scsi.spi.ScsiHost.Queued;

/** A unit that was pulled out comes back as it was. */
@Timeout(60)
class PutBackTest {

    /** START STOP UNIT, LOEJ without START. */
    private static final byte[] STOP_AND_EJECT = {0x1b, 0, 0, 0, 2, 0};

    private final SystemClockwork clockwork = Clockwork.system("putback");
    private final DebugAdapter adapter = new DebugAdapter(new Settings("debug", 16, 16, 1, 0, 2), clockwork);
    private List<String> remembered = List.of();
    private final Bay bay = new Bay(adapter, clockwork, line -> {}, luns -> remembered = new ArrayList<>(luns));

    @AfterEach
    void close() {
        bay.close();
        clockwork.close();
    }

    private FakeCommand execute(FakeCommand command) throws InterruptedException {
        CountDownLatch ended = new CountDownLatch(1);
        command.onEnd(ended::countDown);
        assertEquals(Queued.ACCEPTED, adapter.queueCommand(command.to(adapter)));
        assertTrue(ended.await(30, TimeUnit.SECONDS));
        return command;
    }

    /** A unit that has just been put in says so once. */
    private void ready() throws InterruptedException {
        execute(FakeCommand.testUnitReady());
    }

    private void write(int block, int what) throws InterruptedException {
        FakeCommand write = FakeCommand.write(block, 1);
        Arrays.fill(write.data().array(), (byte) what);
        execute(write);
    }

    private void assertHolds(int block, int what) throws InterruptedException {
        byte[] wanted = new byte[512];
        Arrays.fill(wanted, (byte) what);
        assertArrayEquals(wanted, execute(FakeCommand.read(block, 1)).data().array());
    }

    private String refused(int target, long lun) {
        return assertThrows(IOException.class, () -> bay.putBack(target, lun)).getMessage();
    }

    @Test
    void unitInMemory_comesBackWithItsBlocks_againAndAgain() throws Exception {
        bay.insert(LunSpec.ram(1 << 16).at(0, 0));
        ready();
        write(3, 7);
        for (int times = 0; times < 2; times++) {
            bay.yank(0, 0);
            assertEquals(List.of(), remembered);
            assertEquals(1 << 16, bay.putBack(0, 0).bytes());
            assertEquals(1, remembered.size());
            ready();
            assertHolds(3, 7);
        }
    }

    @Test
    void whatTheVolatileCacheHadNotWritten_isLostAllTheSame() throws Exception {
        bay.insert(LunSpec.ram(1 << 16).at(0, 0).withWriteCache(true, true));
        ready();
        write(3, 7);
        bay.yank(0, 0);
        bay.putBack(0, 0);
        ready();
        assertHolds(3, 0);
    }

    @Test
    void unitOnAnImage_isOpenedAgain(@TempDir Path dir) throws Exception {
        Path image = Files.write(dir.resolve("unit.img"), new byte[1 << 16]);
        bay.insert(LunSpec.image(image.toString()).at(0, 0));
        ready();
        write(3, 7);
        bay.yank(0, 0);
        Path elsewhere = Files.move(image, dir.resolve("elsewhere.img"));
        assertTrue(refused(0, 0).contains("there is no such file"));
        Files.move(elsewhere, image);
        bay.putBack(0, 0);
        ready();
        assertHolds(3, 7);
    }

    @Test
    void withoutAnAddress_theOneThatWasPulledOutLast() throws Exception {
        for (int target = 0; target < 2; target++) {
            bay.insert(LunSpec.ram((target + 1) << 16).at(target, 0));
        }
        bay.yank(1, 0);
        bay.yank(0, 0);
        assertEquals(0, bay.putBack(LunSpec.NEXT, LunSpec.NEXT).spec().target());
        assertEquals(1, bay.putBack(LunSpec.NEXT, LunSpec.NEXT).spec().target());
        assertEquals(
                "adapter 'debug': no unit was pulled out that could be put back", refused(LunSpec.NEXT, LunSpec.NEXT));
    }

    @Test
    void onlyWhereThereIsNone_andUntilAnotherWasThere() throws Exception {
        assertEquals("unit 0:0 of adapter 'debug': none was pulled out that could be put back", refused(0, 0));
        assertEquals("unit 9:9 of adapter 'debug': none was pulled out that could be put back", refused(9, 9));
        bay.insert(LunSpec.ram(1 << 16).at(0, 0));
        assertEquals("unit 0:0 of adapter 'debug' is taken", refused(0, 0));
        ready();
        write(3, 7);
        bay.yank(0, 0);
        bay.insert(LunSpec.ram(1 << 17).at(0, 0));
        bay.yank(0, 0);
        assertEquals(1 << 17, bay.putBack(0, 0).bytes());
        ready();
        assertHolds(3, 0);
    }

    @Test
    void mediumThatWasEjected_comesBack() throws Exception {
        bay.insert(LunSpec.ram(1 << 16).at(0, 0).withRemovable(true));
        ready();
        write(3, 7);
        execute(new FakeCommand(0, 0, 0, STOP_AND_EJECT));
        assertFalse(bay.list().get(0).mediumLoaded());
        assertEquals(1 << 16, bay.putBack(0, 0).bytes());
        ready();
        assertHolds(3, 7);
    }
}
