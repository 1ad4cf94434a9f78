package org.unplug.driver.hold;

import java.nio.ByteBuffer;
import org.unplug.block.BlockStatus;
import org.unplug.block.DiskHandle;
import org.unplug.block.stack.Passage;

/** A request that may go down more than once. */
final class Held extends Passage {

    private final HoldDriver driver;
    private DiskHandle sentTo;
    private boolean everHeld;
    private long redoEnd;

    Held(HoldDriver driver) {
        this.driver = driver;
    }

    void begin() {
        everHeld = false;
    }

    DiskHandle sentTo() {
        return sentTo;
    }

    /** What a flush makes durable when it succeeds. */
    long redoEnd() {
        return redoEnd;
    }

    void down(DiskHandle below, long redoAtFlush) {
        sentTo = below;
        redoEnd = redoAtFlush;
        passDown();
    }

    @Override
    protected void passed(BlockStatus status, boolean held) {
        everHeld |= held;
        driver.back(this, status);
    }

    void finish(BlockStatus status) {
        end(status, everHeld);
    }

    boolean isEverHeld() {
        return everHeld;
    }

    /** A copy of what it writes. */
    ByteBuffer data() {
        ByteBuffer data = ByteBuffer.allocate((int) request().sectors() * 512);
        for (int i = 0; i < request().segmentCount(); i++) {
            data.put(request().segment(i).duplicate());
        }
        return data.flip();
    }
}
