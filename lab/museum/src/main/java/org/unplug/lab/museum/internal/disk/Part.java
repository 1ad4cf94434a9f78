package org.unplug.lab.museum.internal.disk;

import java.io.IOException;
import org.unplug.block.Disk;
import org.unplug.block.DiskHandle;
import org.unplug.block.DiskInfo;
import org.unplug.block.DiskState;
import org.unplug.block.Holder;
import org.unplug.block.OpenMode;

/** A whole disk, or a partition of it: what is published, and where its sectors begin. */
final class Part implements Disk {

    private final Exhibit exhibit;
    private final DiskInfo info;
    private volatile boolean offsetDropped;
    private volatile Runnable withdraw = () -> {};

    Part(Exhibit exhibit, DiskInfo info) {
        this.exhibit = exhibit;
        this.info = info;
    }

    void publish(Publisher publisher) {
        withdraw = publisher.publish(this);
    }

    void withdraw() {
        Runnable once = withdraw;
        withdraw = () -> {};
        once.run();
    }

    void dropOffset() {
        offsetDropped = true;
    }

    /** Where its first sector is on the disk - or is believed to be. */
    long startSector() {
        return offsetDropped ? 0 : info.startSector();
    }

    Exhibit exhibit() {
        return exhibit;
    }

    @Override
    public DiskInfo info() {
        return info;
    }

    @Override
    public DiskState state() {
        return exhibit.state();
    }

    @Override
    public DiskHandle open(Holder holder, OpenMode mode) throws IOException {
        return exhibit.open(this, holder, mode);
    }

    @Override
    public String toString() {
        return info.name();
    }
}
