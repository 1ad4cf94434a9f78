package org.unplug.block.stack;

import org.unplug.block.DiskHandle;
import org.unplug.ref.Clockwork;

/**
 * Passes every request down, at a fixed distance: a partition is this over its disk. The distance is final; no request is
 * ever mapped anywhere else, whatever happens to a table or to the disk below (Linux fdfa20c16312 tells what came of the opposite).
 */
public final class PassThrough extends PassDriver<Passage> {

    /** @param startSector where on the lower disk this one's sector 0 is */
    public PassThrough(DiskHandle below, long startSector, Clockwork clockwork) {
        super(below, startSector, clockwork);
    }

    @Override
    protected Passage newPassage() {
        return new Passage();
    }

    @Override
    protected void handle(Passage passage) {
        passage.passDown();
    }
}
