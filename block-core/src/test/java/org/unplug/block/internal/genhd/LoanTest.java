package org.unplug.block.internal.genhd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.unplug.block.Bio;
import org.unplug.block.BlockStatus;
import org.unplug.block.DiskHandle;
import org.unplug.block.Removal;
import org.unplug.block.spi.DiskSpec;
import org.unplug.block.spi.QueueLimits;
import org.unplug.block.spi.Request;
import org.unplug.block.testing.ScriptedDriver.Reply;

/** A driver lends its memory to a read: who gets it, when it counts, and that it never comes to another read. */
class LoanTest extends VirtualDiskTest {

    private static final int LENT = 7;
    private static final int MOST_SECTORS = 4;

    private Gendisk disk;
    private DiskHandle handle;
    private Bio bio;

    @BeforeEach
    void start() throws IOException {
        disk = add(spec().withLimits(QueueLimits.DEFAULT.withMaxSectors(MOST_SECTORS))
                .withTimeouts(new DiskSpec.Timeouts(1_000, 1_000, 1_000)));
        handle = open();
        bio = handle.newBio();
        driver.script = inline(LoanTest::lendIfItMay);
    }

    /** The driver does this, and then fills the buffers with what the disk has, which is zeroes. */
    private static Function<Request, Reply> inline(Consumer<Request> deed) {
        return request -> {
            deed.accept(request);
            return Reply.INLINE;
        };
    }

    private static void lendIfItMay(Request request) {
        if (request.mayLend()) {
            request.lend(filled((int) request.sectors(), LENT));
        }
    }

    private void submit(Bio set) {
        handle.submit(set);
        clockwork.settle();
    }

    private static void assertLent(int sectors, ByteBuffer loan) {
        assertEquals(filled(sectors, LENT), loan);
        assertTrue(loan.isReadOnly());
    }

    @Test
    void loan_isTheReadersOnce_andReadOnly() {
        submit(bio.read(0, sectors(3)).mayBorrow(true));
        assertEquals(BlockStatus.OK, bio.status());
        assertLent(3, bio.takeLoan());
        assertNull(bio.takeLoan());
    }

    @Test
    void loanThatWasNotTaken_isGoneWithTheNextSubmit() {
        submit(bio.read(0, sectors(1)).mayBorrow(true));
        submit(bio.flush());
        assertNull(bio.takeLoan());
    }

    @Test
    void nothingIsLent_toWhoDoesNotAsk_andForNothingButOneWholeRead() {
        submit(bio.read(0, sectors(1)));
        assertNull(bio.takeLoan(), "setting a read forgets that the last one borrowed");
        submit(bio.read(0, sectors(1)).mayBorrow(true).mayBorrow(false));
        assertNull(bio.takeLoan());
        submit(bio.write(0, sectors(1)).mayBorrow(true));
        assertNull(bio.takeLoan());
        submit(bio.read(0, sectors(MOST_SECTORS + 1)).mayBorrow(true));
        assertEquals(BlockStatus.OK, bio.status());
        assertNull(bio.takeLoan(), "in two requests");
    }

    @Test
    void nothingIsLent_toReadsThatWereMerged() {
        driver.reply(Reply.BUSY);
        Bio[] both = {
            bio.read(0, sectors(1)).mayBorrow(true),
            handle.newBio().read(1, sectors(1)).mayBorrow(true)
        };
        handle.submit(both[0]);
        handle.submit(both[1]);
        driver.log.clear();
        driver.script = inline(LoanTest::lendIfItMay);
        clockwork.sleepMs(1_000);
        assertEquals(List.of("READ 0+2", "commit"), driver.log);
        for (Bio one : both) {
            assertEquals(BlockStatus.OK, one.status());
            assertNull(one.takeLoan());
        }
    }

    @Test
    void loan_countsForNothing_whenTheReadFails() {
        driver.script = request -> {
            lendIfItMay(request);
            request.complete(BlockStatus.IOERR);
            return Reply.HOLD;
        };
        submit(bio.read(0, sectors(1)).mayBorrow(true));
        assertEquals(BlockStatus.IOERR, bio.status());
        assertNull(bio.takeLoan());
    }

    @Test
    void loan_countsForNothing_whenTheDriverWantsTheReadAgain_orDeclinesIt() {
        for (boolean declines : new boolean[] {false, true}) {
            driver.script = request -> {
                lendIfItMay(request);
                driver.script = inline(again -> {});
                if (declines) {
                    return Reply.BUSY;
                }
                request.complete(BlockStatus.AGAIN);
                return Reply.HOLD;
            };
            handle.submit(bio.read(0, sectors(1)).mayBorrow(true));
            clockwork.sleepMs(1_000);
            assertEquals(BlockStatus.OK, bio.status());
            assertNull(bio.takeLoan(), "it filled the buffers then");
        }
    }

    @Test
    void loanForAReadThatTheCoreHasEnded_comesToNoOther() {
        driver.reply(Reply.HOLD);
        handle.submit(bio.read(0, sectors(1)).mayBorrow(true));
        clockwork.sleepMs(2_000);
        assertEquals(BlockStatus.TIMEOUT, bio.status());
        // The same bio asks for something else; the old request's driver, late, may still lend: it has not been told.
        handle.submit(bio.read(8, sectors(2)).mayBorrow(true));
        lendIfItMay(driver.held.get(0));
        driver.held.get(0).complete(BlockStatus.OK);
        clockwork.settle();
        assertNull(bio.status());
        driver.finish(driver.held.get(1));
        clockwork.settle();
        assertEquals(BlockStatus.OK, bio.status());
        assertNull(bio.takeLoan());
    }

    @Test
    void loan_outlivesTheDisk() {
        submit(bio.read(0, sectors(1)).mayBorrow(true));
        startRemoving(disk, Removal.SURPRISE);
        assertLent(1, bio.takeLoan());
    }

    @Test
    void lendingWhatWasNotAskedFor_orTooLittle_failsThatRead() {
        driver.script = inline(request -> request.lend(sectors(1)));
        submit(bio.read(0, sectors(1)));
        assertEquals(BlockStatus.IOERR, bio.status());
        submit(bio.read(0, sectors(2)).mayBorrow(true));
        assertEquals(BlockStatus.IOERR, bio.status());
        assertNull(bio.takeLoan());
        assertEquals(2, layer.faults.size(), layer.faults.toString());
        assertFalse(layer.faults.get(1).isEmpty());
    }
}
