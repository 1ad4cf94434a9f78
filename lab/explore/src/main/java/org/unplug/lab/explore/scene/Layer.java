package org.unplug.lab.explore.scene;

import java.util.List;
import org.unplug.block.BlockStatus;
import org.unplug.block.Disk;
import org.unplug.block.DiskInfo;
import org.unplug.block.Disks;
import org.unplug.block.RemovalReport;
import org.unplug.block.spi.DiskDriver;
import org.unplug.block.spi.DiskRegistration;
import org.unplug.block.spi.DiskSpec;

/** The block layer of a scene: ours, or that of an era. */
interface Layer {

    /** The same disk in its words: prefix, bus, what it knows of caches. */
    DiskSpec spec(DiskSpec ours);

    /** Adds a disk of the bundle that goes, or of the one that stays. */
    DiskRegistration add(boolean stays, DiskSpec spec, DiskDriver driver);

    /** Where disks over disks are added, which have a bundle of their own. */
    Disks stacks();

    /** Waits until partitions were looked for. */
    void settle();

    /** A disk as one finds it who looks for it. */
    Disk find(String name);

    /** Has something done when a disk's service goes, within its removal. */
    void whenUnpublished(DiskInfo disk, Runnable then);

    /** Whether nobody has it any more. Does not yield. */
    boolean isReleased(DiskInfo disk);

    /** Puts a scheduler under a disk. */
    void schedule(String disk, String scheduler);

    /** The bundle of the disk that goes stops: all that comes before its own threads end. */
    void stopping(DiskRegistration disk);

    void stopped();

    /** Whether a request was refused because the disk goes. */
    boolean isRefusal(BlockStatus status);

    /** Whether what is promised is our contract; an era is judged in its own words. */
    boolean isOurs();

    /** What the last removal of a disk reported, or null. */
    RemovalReport report(String disk);

    /** Nobody uses a disk any more: complaints, each beginning with its line, of what is there still, if that can be seen. */
    List<String> leftOf(DiskInfo disk);

    /** A number that differs where what was released differs. */
    long probe();

    /** Lets go whoever waits in it for ever. */
    void giveUp();
}
