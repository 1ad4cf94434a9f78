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
        if (writeAtOnce(offset, from, stage, fresh, errors)) {
            if (stage == Stage.DATA) {
                cache.writeBack.throttle();
            }
            return;
        }
        long at = offset;
        int most = Math.max(1, Math.min(Transfer.MAX_BYTES >> Page.SHIFT, cache.allowance() / 4));
        while (from.hasRemaining()) {
            int inPage = (int) (at & (Page.BYTES - 1));
            int count = (int) Math.min(most, ((long) inPage + from.remaining() + Page.BYTES - 1) >> Page.SHIFT);
            int bytes = (int) Math.min(from.remaining(), ((long) count << Page.SHIFT) - inPage);
            Page[] pages = new Page[count];
            try {
                cache.pin(at >> Page.SHIFT, pages);
                edit(new Span(pages, inPage, bytes), from, stage, fresh, errors);
            } finally {
                cache.unpin(pages);
            }
            at += bytes;
            if (stage == Stage.DATA) {
                cache.writeBack.throttle();
            }
        }
    }

    /** A few bytes of units that are quiet are copied under the monitor: that is less than to take them and let them go. */
    private boolean writeAtOnce(long offset, ByteBuffer from, Stage stage, boolean fresh, WriteErrors errors)
            throws IOException {
        int inPage = (int) (offset & (Page.BYTES - 1));
        int bytes = from.remaining();
        if (!PageCache.isLittle(inPage, bytes)) {
            return false;
        }
        int touched = cache.touched(inPage, bytes);
        int inPart = inPart(inPage, bytes);
        synchronized (cache) {
            cache.checkAlive();
            Page page = cache.pageNow(offset >> Page.SHIFT, fresh || inPart == 0);
            boolean canBe = page != null && !isBusy(page, touched) && (fresh || (inPart & ~page.valid) == 0);
            if (!canBe) {
                return false;
            }
            zero(page, inPart & ~page.valid);
            page.bytes.put(inPage, from, from.position(), bytes);
            from.position(from.position() + bytes);
            written(page, touched, stage, errors);
            return true;
        }
    }

    /** Neighbouring bytes on neighbouring pages. */
    private record Span(Page[] pages, int inPage, int bytes) {

        /** Where they begin on a page. */
        int from(int i) {
            return i == 0 ? inPage : 0;
        }

        /** How many there are on a page. */
        int length(int i) {
            int before = i == 0 ? 0 : i * Page.BYTES - inPage;
            return Math.min(bytes - before, Page.BYTES - from(i));
        }
    }

    private int touched(Span span, int i) {
        return cache.touched(span.from(i), span.length(i));
    }

    private void edit(Span span, ByteBuffer from, Stage stage, boolean fresh, WriteErrors errors) throws IOException {
        int lacking = beginEdit(span, fresh);
        while (lacking >= 0) {
            Page[] page = {span.pages()[lacking]};
            reading.load(page, span.from(lacking), span.length(lacking));
            lacking = beginEdit(span, fresh);
        }
        boolean copied = false;
        try {
            for (int i = 0; i < span.pages().length; i++) {
                int n = span.length(i);
                span.pages()[i].bytes.put(span.from(i), from, from.position(), n);
                from.position(from.position() + n);
            }
            copied = true;
        } finally {
            endEdit(span, copied, stage, errors);
        }
        cache.checkAliveNow();
    }

    private void endEdit(Span span, boolean copied, Stage stage, WriteErrors errors) {
        synchronized (cache) {
            for (int i = 0; i < span.pages().length; i++) {
                Page page = span.pages()[i];
                int touched = touched(span, i);
                page.editing &= ~touched;
                if (copied) {
                    written(page, touched, stage, errors);
                }
            }
            cache.notifyAll();
        }
    }

    /** Bytes came into units of a page. Needs the monitor. */
    private void written(Page page, int touched, Stage stage, WriteErrors errors) {
        page.valid |= touched;
        page.errors = page.errors == null || page.errors == errors ? errors : cache.errors();
        cache.writeBack.dirtied(page, stage, touched);
    }

    /**
     * Takes all units for a writer, once nobody else has any of them.
     *
     * @return the first page on which a unit that is written in part must be loaded before; -1 if they are taken
     */
    private int beginEdit(Span span, boolean fresh) throws IOException {
        synchronized (cache) {
            while (isBusy(span)) {
                cache.await();
            }
            cache.checkAlive();
            for (int i = 0; i < span.pages().length && !fresh; i++) {
                if (lacking(span, i) != 0) {
                    return i;
                }
            }
            for (int i = 0; i < span.pages().length; i++) {
                zero(span.pages()[i], lacking(span, i));
                span.pages()[i].editing |= touched(span, i);
            }
            return -1;
        }
    }

    private boolean isBusy(Span span) {
        for (int i = 0; i < span.pages().length; i++) {
            if (isBusy(span.pages()[i], touched(span, i))) {
                return true;
            }
        }
        return false;
    }

    private static boolean isBusy(Page page, int units) {
        return ((page.reading | page.writing | page.editing) & units) != 0;
    }

    /** Units that are written in part and not known. */
    private int lacking(Span span, int i) {
        return inPart(span.from(i), span.length(i)) & ~span.pages()[i].valid;
    }

    private int inPart(int inPage, int bytes) {
        return cache.touched(inPage, bytes) & ~cache.covered(inPage, bytes);
    }

    private void zero(Page page, int units) {
        for (int unit = 0; units >>> unit != 0 && unit < 32; unit++) {
            if ((units >>> unit & 1) != 0) {
                for (int i = unit * cache.unitBytes(); i < (unit + 1) * cache.unitBytes(); i += Long.BYTES) {
                    page.bytes.putLong(i, 0);
                }
            }
        }
    }
}
