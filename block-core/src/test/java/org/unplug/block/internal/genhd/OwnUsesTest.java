package org.unplug.block.internal.genhd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.unplug.block.DiskHandle;
import org.unplug.block.DiskState;
import org.unplug.block.Holder;
import org.unplug.block.OpenMode;
import org.unplug.block.Removal;

/** A removal waits for the block layer's own handles of the disk, which nobody else can see. */
class OwnUsesTest extends VirtualDiskTest {

    private static final Holder LOOK = Holder.named("a look");

    private static DiskHandle openAsItself(Gendisk disk) throws IOException {
        return disk.open(Owner.itself(), LOOK, OpenMode.READ);
    }

    private DiskHandle openedByAnother(Gendisk disk) {
        var opened = clockwork.start("looker", () -> openAsItself(disk));
        clockwork.settle();
        return opened.result();
    }

    @Test
    void removal_returnsWhenOwnHandlesAreClosed_andTheNameIsFree() throws IOException {
        Gendisk disk = add(spec());
        DiskHandle look = openedByAnother(disk);
        var remover = startRemoving(disk, Removal.SURPRISE);
        assertFalse(remover.isDone());
        look.close();
        clockwork.settle();
        assertTrue(remover.result().quiet());
        assertEquals(DiskState.RELEASED, disk.state());
        assertEquals("ram0", add(spec()).info().name());
    }

    @Test
    void ownHandleThatStays_holdsTheRemovalUpToItsDeadline() throws IOException {
        Gendisk disk = add(spec());
        DiskHandle look = openedByAnother(disk);
        long began = clockwork.nanoTime();
        disk.remove(Removal.SURPRISE);
        assertEquals(disk.spec().timeouts().drainMs(), (clockwork.nanoTime() - began) / 1_000_000);
        assertEquals(DiskState.DEAD, disk.state());
        look.close();
        assertEquals(DiskState.RELEASED, disk.state());
    }

    @Test
    void othersHandles_areNotWaitedFor() throws IOException {
        Gendisk disk = add(spec());
        DiskHandle others = open();
        assertTrue(startRemoving(disk, Removal.SURPRISE).isDone());
        others.close();
    }

    @Test
    void looker_thatRemoves_orJoins_isNotWaitedFor() throws IOException {
        Gendisk disk = add(spec());
        clockwork.start("looker", () -> {
            DiskHandle look = openAsItself(disk);
            clockwork.settle();
            disk.remove(Removal.SURPRISE);
            look.close();
            return null;
        });
        long began = clockwork.nanoTime();
        var first = startRemoving(disk, Removal.SURPRISE);
        clockwork.settle();
        assertTrue(first.isDone());
        assertEquals(began, clockwork.nanoTime());

        Gendisk another = add(spec());
        DiskHandle own = openAsItself(another);
        another.remove(Removal.ORDERLY);
        assertEquals(began, clockwork.nanoTime());
        own.close();
    }

    @Test
    void openThatIsRefused_holdsNobodyUp() throws IOException {
        Gendisk disk = add(spec());
        DiskHandle first = disk.open(Owner.itself(), LOOK, OpenMode.EXCLUSIVE);
        try {
            disk.open(Owner.itself(), LOOK, OpenMode.EXCLUSIVE).close();
        } catch (IOException expected) {
            first.close();
        }
        assertTrue(startRemoving(disk, Removal.ORDERLY).isDone());
        assertEquals(DiskState.RELEASED, disk.state());
    }
}
