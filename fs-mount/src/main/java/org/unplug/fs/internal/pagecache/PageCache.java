package org.unplug.fs.internal.pagecache;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.FileSystemException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.unplug.block.Bio;
import org.unplug.block.BlockStatus;
import org.unplug.block.DiskHandle;
import org.unplug.block.DiskInfo;
import org.unplug.fs.DiskGoneException;
import org.unplug.fs.internal.pagecache.Transfer.Batch;
import org.unplug.fs.spi.Volume;
import org.unplug.fs.spi.WriteErrors;
import org.unplug.ref.Clockwork;

/**
 * The pages of one disk, for one mount.
 *
 * <p><b>Theory of operation.</b> One monitor, this object's, guards all states; it is held for moments only, never while a bio
 * is submitted and never while somebody waits for a device. Bytes are copied outside it, on pages that are pinned. Every wait
 * is on this monitor and ends when the transfer that it waits for has ended - which the block layer brings about in bounded
 * time - or at once when the cache {@linkplain #end ends}, because the disk died or the mount is over. A waiter that leaves
 * early leaves its buffers to the transfer and to the garbage collector: after the end no buffer is used again.
 *
 * <p>The size is kept by giving up idle pages. If there are none, whoever needs a page writes back DATA pages and waits; only
 * when all pages are pinned or dirty in the other stages does the cache grow beyond its size, by what one operation of the file
 * system dirties before it commits.
 *
 * <p>Lock order: the file system's locks, this monitor; nothing is called under it but {@link WriteErrors}.
 */
public final class PageCache implements Volume {
    private static final long LOOK_AGAIN_NANOS = 1_000_000_000L;
    private static final int MIN_PAGES = 64;
    private static final long[] NO_MIRRORS = {};

    private final DiskHandle handle;
    private final DiskInfo info;
    private final Clockwork clockwork;
    private final Consumer<String> warnings;
    private final boolean readOnly;
    private final int unitBytes;
    private final int fullMask;
    private final PageTable table;
    private final WriteErrors sharedErrors = new WriteErrors();
    final WriteBack writeBack;
    private long writesEnded;
    private long writesFlushed;
    private boolean gone;
    private boolean closed;

    /** Uses the handle, which stays the caller's, until {@link #end}. */
    public PageCache(
            DiskHandle handle, boolean readOnly, long cacheBytes, Clockwork clockwork, Consumer<String> warnings) {
        this.handle = handle;
        this.info = handle.info();
        this.readOnly = readOnly || info.readOnly();
        this.clockwork = clockwork;
        this.warnings = warnings;
        unitBytes = info.logicalBlockBytes();
        int units = Page.BYTES / unitBytes;
        fullMask = units == 32 ? -1 : (1 << units) - 1;
        table = new PageTable((int) Math.max(MIN_PAGES, Math.min(Integer.MAX_VALUE / 2, cacheBytes >> Page.SHIFT)));
        writeBack = new WriteBack(this, table.capacity());
    }

    @Override
    public DiskInfo disk() {
        return info;
    }

    @Override
    public boolean readOnly() {
        return readOnly;
    }

    @Override
    public long bytes() {
        return info.capacityBytes();
    }

    @Override
    public int unitBytes() {
        return unitBytes;
    }

    @Override
    public long cacheBytes() {
        return (long) table.capacity() << Page.SHIFT;
    }

    @Override
    public void warn(String line) {
        warnings.accept(line);
    }

    /**
     * Ends the cache: every wait and every later call fails at once, all pages are forgotten. Never blocks; idempotent.
     *
     * @param diskGone whether because the disk is gone; otherwise because the mount is over
     */
    public synchronized void end(boolean diskGone) {
        if (!gone && !closed) {
            gone = diskGone;
            closed = !diskGone;
        }
        table.clear();
        writeBack.clear();
        notifyAll();
    }

    /** Whether a request was answered with GONE, or {@link #end} said so. */
    public synchronized boolean isGone() {
        return gone;
    }

    @Override
    public void read(long offset, ByteBuffer into) throws IOException {
        checkRange(offset, into.remaining());
        long at = offset;
        int most = Math.min(Transfer.MAX_BYTES >> Page.SHIFT, table.capacity() / 4);
        while (into.hasRemaining()) {
            int inPage = (int) (at & (Page.BYTES - 1));
            int count = (int) Math.min(most, ((long) inPage + into.remaining() + Page.BYTES - 1) >> Page.SHIFT);
            Page[] pages = new Page[count];
            try {
                for (int i = 0; i < count; i++) {
                    pages[i] = pin((at >> Page.SHIFT) + i);
                }
                int bytes = (int) Math.min(into.remaining(), ((long) count << Page.SHIFT) - inPage);
                load(pages, inPage, bytes);
                for (Page page : pages) {
                    int n = Math.min(bytes, Page.BYTES - inPage);
                    into.put(into.position(), page.bytes, inPage, n);
                    into.position(into.position() + n);
                    at += n;
                    bytes -= n;
                    inPage = 0;
                }
            } finally {
                unpin(pages);
            }
        }
    }

    /** Makes the units that a range touches valid. */
    private void load(Page[] pages, int inPage, int bytes) throws IOException {
        for (int round = 0; ; round++) {
            Batch batch = new Batch();
            synchronized (this) {
                checkAlive();
                int from = inPage;
                int rest = bytes;
                for (Page page : pages) {
                    int n = Math.min(rest, Page.BYTES - from);
                    if ((touched(from, n) & ~page.valid) != 0) {
                        addMissing(batch, page);
                    }
                    rest -= n;
                    from = 0;
                }
            }
            submit(batch, NO_MIRRORS);
            Page failed = awaitValid(pages, inPage, bytes);
            if (failed == null) {
                return;
            }
            if (round > 0) {
                BlockStatus status = failed.readError == null ? BlockStatus.IOERR : failed.readError;
                throw failure(status, "read", failed.offset());
            }
        }
    }

    private void addMissing(Batch batch, Page page) {
        int missing = page.present & ~(page.valid | page.reading | page.editing);
        if (missing != 0) {
            Transfer.add(this, batch, null, page, missing, unitBytes);
            table.settle(page);
        }
    }

    /** Waits until nothing of the range is being read; a page that is not valid then, or null. */
    private synchronized Page awaitValid(Page[] pages, int inPage, int bytes) throws IOException {
        int from = inPage;
        int rest = bytes;
        Page failed = null;
        for (Page page : pages) {
            int n = Math.min(rest, Page.BYTES - from);
            int need = touched(from, n);
            while ((page.reading & need) != 0) {
                await();
            }
            if ((need & ~page.valid) != 0 && failed == null) {
                failed = page;
            }
            rest -= n;
            from = 0;
        }
        checkAlive();
        return failed;
    }

    @Override
    public void readAhead(long offset, long bytes) {
        Batch batch = new Batch();
        synchronized (this) {
            long end = Math.min(bytes(), offset + bytes);
            if (gone || closed || offset < 0 || offset >= end) {
                return;
            }
            int room = table.capacity() / 4;
            for (long index = offset >> Page.SHIFT; index <= (end - 1) >> Page.SHIFT && room > 0; index++, room--) {
                Page page = table.get(index);
                if (page == null) {
                    page = table.add(index, present(index), false);
                }
                if (page == null) {
                    break;
                }
                addMissing(batch, page);
                table.settle(page);
            }
        }
        submit(batch, NO_MIRRORS);
    }

    @Override
    public int getByte(long offset) throws IOException {
        return (int) number(offset, 1);
    }

    @Override
    public int getShort(long offset) throws IOException {
        return (int) number(offset, 2);
    }

    @Override
    public int getInt(long offset) throws IOException {
        return (int) number(offset, 4);
    }

    private long number(long offset, int bytes) throws IOException {
        checkRange(offset, bytes);
        int inPage = (int) (offset & (Page.BYTES - 1));
        if (inPage + bytes > Page.BYTES) {
            long low = number(offset, 1);
            return low | number(offset + 1, bytes - 1) << 8;
        }
        int need = touched(inPage, bytes);
        synchronized (this) {
            checkAlive();
            Page page = table.get(offset >> Page.SHIFT);
            if (page != null && (need & ~page.valid) == 0) {
                table.touch(page);
                return number(page, inPage, bytes);
            }
        }
        Page[] pages = {pin(offset >> Page.SHIFT)};
        try {
            load(pages, inPage, bytes);
            synchronized (this) {
                checkAlive();
                return number(pages[0], inPage, bytes);
            }
        } finally {
            unpin(pages);
        }
    }

    private static long number(Page page, int inPage, int bytes) {
        return switch (bytes) {
            case 1 -> page.bytes.get(inPage) & 0xFF;
            case 2 -> page.bytes.getShort(inPage) & 0xFFFF;
            case 4 -> page.bytes.getInt(inPage) & 0xFFFFFFFFL;
            default -> (page.bytes.get(inPage) & 0xFF) | number(page, inPage + 1, bytes - 1) << 8;
        };
    }

    @Override
    public void write(long offset, ByteBuffer from, Stage stage, boolean fresh, WriteErrors errors) throws IOException {
        checkRange(offset, from.remaining());
        if (readOnly) {
            throw new FileSystemException(info.name(), null, "read-only");
        }
        long at = offset;
        while (from.hasRemaining()) {
            int inPage = (int) (at & (Page.BYTES - 1));
            int n = Math.min(from.remaining(), Page.BYTES - inPage);
            Page[] pages = {pin(at >> Page.SHIFT)};
            try {
                edit(pages, inPage, n, from, stage, fresh, errors);
            } finally {
                unpin(pages);
            }
            at += n;
        }
        if (stage == Stage.DATA) {
            writeBack.throttle();
        }
    }

    private void edit(Page[] pages, int inPage, int n, ByteBuffer from, Stage stage, boolean fresh, WriteErrors errors)
            throws IOException {
        Page page = pages[0];
        int touched = touched(inPage, n);
        while (!beginEdit(page, touched, touched & ~covered(inPage, n), fresh)) {
            load(pages, inPage, n);
        }
        boolean copied = false;
        try {
            page.bytes.put(inPage, from, from.position(), n);
            from.position(from.position() + n);
            copied = true;
        } finally {
            synchronized (this) {
                page.editing &= ~touched;
                if (copied) {
                    page.valid |= touched;
                    page.errors = page.errors == null || page.errors == errors ? errors : sharedErrors;
                    writeBack.dirtied(page, stage, touched);
                }
                notifyAll();
            }
        }
        checkAliveNow();
    }

    /** Takes the units for a writer, once nobody else has them; false if units that are written in part must be loaded first. */
    private synchronized boolean beginEdit(Page page, int touched, int inPart, boolean fresh) throws IOException {
        while (((page.reading | page.writing | page.editing) & touched) != 0) {
            await();
        }
        checkAlive();
        int lacking = inPart & ~page.valid;
        if (lacking != 0 && !fresh) {
            return false;
        }
        for (int unit = 0; lacking >>> unit != 0 && unit < 32; unit++) {
            if ((lacking >>> unit & 1) != 0) {
                for (int i = unit * unitBytes; i < (unit + 1) * unitBytes; i += Long.BYTES) {
                    page.bytes.putLong(i, 0);
                }
            }
        }
        page.editing |= touched;
        return true;
    }

    @Override
    public void startWriteBack(long offset, long bytes) throws IOException {
        writeBack.start(offset >> Page.SHIFT, (offset + bytes - 1) >> Page.SHIFT);
    }

    @Override
    public void writeBack(Stage stage, long... mirrors) throws IOException {
        writeBack.all(stage, mirrors);
    }

    @Override
    public void flush() throws IOException {
        Batch batch = new Batch();
        batch.left = 1;
        long covered;
        synchronized (this) {
            checkAlive();
            covered = writesEnded;
            if (covered == writesFlushed) {
                return;
            }
        }
        Bio bio = newBio().flush().onEnd(ended -> {
            synchronized (this) {
                batch.note(ended.status(), 0);
                batch.left = 0;
                if (ended.status() == BlockStatus.GONE) {
                    end(true);
                }
                notifyAll();
            }
        });
        handle.submit(bio);
        awaitBatch(batch);
        if (!batch.worst.ok()) {
            throw failure(batch.worst, "flush", -1);
        }
        synchronized (this) {
            writesFlushed = Math.max(writesFlushed, covered);
        }
    }

    @Override
    public synchronized boolean isDirty(Stage stage) {
        return writeBack.isDirty(stage);
    }

    @Override
    public synchronized long stagedBytes() {
        return writeBack.stagedBytes();
    }

    Bio newBio() {
        return handle.newBio();
    }

    /** Hands a batch to the disk, as one. Without the monitor. */
    void submit(Batch batch, long[] mirrors) {
        if (batch.transfers.isEmpty()) {
            return;
        }
        List<Bio> bios = new ArrayList<>(batch.transfers.size() * (1 + mirrors.length));
        for (Transfer transfer : batch.transfers) {
            transfer.addBios(bios, mirrors);
        }
        try {
            handle.submit(bios.toArray(new Bio[0]), 0, bios.size());
        } catch (IllegalArgumentException | IllegalStateException malformed) {
            warn("disk " + info.name() + " refused a transfer: " + malformed.getMessage());
            batch.transfers.forEach(transfer -> transfer.refused(BlockStatus.IOERR));
        }
    }

    /** One page of a transfer arrived, or did not. Under the monitor. */
    void transferred(Page page, int mask, Stage stage, BlockStatus status, boolean held) {
        page.pins--;
        if (stage == null) {
            page.reading &= ~mask;
            page.readError = status.ok() ? null : status;
            if (status.ok()) {
                page.valid |= mask;
            }
        } else {
            page.writing &= ~mask;
        }
        if (status == BlockStatus.GONE || gone || closed) {
            return;
        }
        if (held) {
            table.replaceBuffer(page);
        }
        if (stage != null && !status.ok()) {
            writeBack.dirtied(page, stage, mask);
            IOException error = failure(status, "write", page.offset());
            (page.errors == null ? sharedErrors : page.errors).report(error);
        }
        if (stage != null && status.ok() && page.dirtyUnits() == 0) {
            page.errors = null;
        }
        table.settle(page);
    }

    /** All pages of a transfer were told. Under the monitor. */
    void transferEnded(Transfer transfer, BlockStatus status) {
        if (transfer.stage != null) {
            writesEnded++;
            writeBack.transferEnded(transfer);
        }
        if (status == BlockStatus.GONE) {
            end(true);
        }
        notifyAll();
    }

    synchronized void awaitBatch(Batch batch) throws IOException {
        while (!batch.ended()) {
            await();
        }
        checkAlive();
    }

    /** Waits for something to end; fails once this has ended. Needs the monitor. */
    void await() throws IOException {
        checkAlive();
        clockwork.await(this, LOOK_AGAIN_NANOS);
        checkAlive();
    }

    private synchronized void checkAliveNow() throws IOException {
        checkAlive();
    }

    void checkAlive() throws IOException {
        if (gone) {
            throw new DiskGoneException(null, info.name());
        }
        if (closed) {
            throw new FileSystemException(info.name(), null, "not mounted any more");
        }
    }

    boolean ended() {
        return gone || closed;
    }

    @Override
    public WriteErrors errors() {
        return sharedErrors;
    }

    PageTable table() {
        return table;
    }

    IOException failure(BlockStatus status, String what, long offset) {
        if (status == BlockStatus.GONE) {
            return new DiskGoneException(null, info.name());
        }
        String where = offset < 0 ? "" : " at sector " + offset / DiskInfo.SECTOR_BYTES;
        return new FileSystemException(info.name(), null, what + where + ": " + status.text());
    }

    /** The page, kept until {@link #unpin}; makes room for it if need be. */
    private Page pin(long index) throws IOException {
        while (true) {
            synchronized (this) {
                checkAlive();
                Page page = table.get(index);
                if (page == null) {
                    page = table.add(index, present(index), !writeBack.canMakeRoom());
                }
                if (page != null) {
                    page.pins++;
                    table.settle(page);
                    return page;
                }
            }
            writeBack.makeRoom();
        }
    }

    private synchronized void unpin(Page[] pages) {
        for (Page page : pages) {
            if (page != null) {
                page.pins--;
                if (!ended()) {
                    table.settle(page);
                }
            }
        }
    }

    private int present(long index) {
        long left = (bytes() - (index << Page.SHIFT)) / unitBytes;
        return left >= 32 ? fullMask : ((1 << left) - 1) & fullMask;
    }

    private int touched(int inPage, int bytes) {
        return units(inPage / unitBytes, (inPage + bytes + unitBytes - 1) / unitBytes);
    }

    private int covered(int inPage, int bytes) {
        int from = (inPage + unitBytes - 1) / unitBytes;
        int to = (inPage + bytes) / unitBytes;
        return from >= to ? 0 : units(from, to);
    }

    private static int units(int from, int to) {
        int below = to >= 32 ? -1 : (1 << to) - 1;
        return from >= 32 ? 0 : below & -(1 << from);
    }

    private void checkRange(long offset, int bytes) throws IOException {
        if (offset < 0 || offset > bytes() - bytes) {
            throw new FileSystemException(
                    info.name(), null, "damaged file system: refers to byte " + offset + ", past the end of the disk");
        }
    }
}
