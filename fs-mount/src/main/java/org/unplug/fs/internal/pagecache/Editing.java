package org.unplug.fs.internal.pagecache;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.FileSystemException;
import org.unplug.fs.spi.Volume.Stage;
import org.unplug.fs.spi.WriteErrors;

/** How bytes come into the cache: a unit that is written in part is read first. */
final class Editing {
    private final PageCache cache;
    private final Reading reading;

    Editing(PageCache cache, Reading reading) {
        this.cache = cache;
        this.reading = reading;
    }

    void write(long offset, ByteBuffer from, Stage stage, boolean fresh, WriteErrors errors) throws IOException {
        cache.checkRange(offset, from.remaining());
        if (cache.readOnly()) {
            throw new FileSystemException(cache.disk().name(), null, "read-only");
        }
        long at = offset;
        while (from.hasRemaining()) {
            int inPage = (int) (at & (Page.BYTES - 1));
            int n = Math.min(from.remaining(), Page.BYTES - inPage);
            Page[] pages = {cache.pin(at >> Page.SHIFT)};
            try {
                edit(pages, inPage, n, from, stage, fresh, errors);
            } finally {
                cache.unpin(pages);
            }
            at += n;
        }
        if (stage == Stage.DATA) {
            cache.writeBack.throttle();
        }
    }

    private void edit(Page[] pages, int inPage, int n, ByteBuffer from, Stage stage, boolean fresh, WriteErrors errors)
            throws IOException {
        Page page = pages[0];
        int touched = cache.touched(inPage, n);
        while (!beginEdit(page, touched, touched & ~cache.covered(inPage, n), fresh)) {
            reading.load(pages, inPage, n);
        }
        boolean copied = false;
        try {
            page.bytes.put(inPage, from, from.position(), n);
            from.position(from.position() + n);
            copied = true;
        } finally {
            synchronized (cache) {
                page.editing &= ~touched;
                if (copied) {
                    page.valid |= touched;
                    page.errors = page.errors == null || page.errors == errors ? errors : cache.errors();
                    cache.writeBack.dirtied(page, stage, touched);
                }
                cache.notifyAll();
            }
        }
        cache.checkAliveNow();
    }

    /** Takes the units for a writer, once nobody else has them; false if units that are written in part must be loaded first. */
    private boolean beginEdit(Page page, int touched, int inPart, boolean fresh) throws IOException {
        synchronized (cache) {
            return beginEditNow(page, touched, inPart, fresh);
        }
    }

    private boolean beginEditNow(Page page, int touched, int inPart, boolean fresh) throws IOException {
        while (((page.reading | page.writing | page.editing) & touched) != 0) {
            cache.await();
        }
        cache.checkAlive();
        int lacking = inPart & ~page.valid;
        if (lacking != 0 && !fresh) {
            return false;
        }
        for (int unit = 0; lacking >>> unit != 0 && unit < 32; unit++) {
            if ((lacking >>> unit & 1) != 0) {
                for (int i = unit * cache.unitBytes(); i < (unit + 1) * cache.unitBytes(); i += Long.BYTES) {
                    page.bytes.putLong(i, 0);
                }
            }
        }
        page.editing |= touched;
        return true;
    }
}
