package org.unplug.fs.internal.pagecache;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.FileSystemException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
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
 * early leaves its frames to the transfer and to the garbage collector: after the end no page is used again, and memory goes back to the
 * pool only if the disk lives and nobody is at it.
 *
 * <p>The size is kept by giving up idle pages. If there are none, whoever needs a page writes back DATA pages and waits; only
 * when all pages are pinned or dirty in the other stages does the cache grow beyond its size, by what one operation of the file
 * system dirties before it commits.
 *
 * <p>Lock order: the file system's locks, this monitor; nothing is called under it but {@link WriteErrors}.
 */
public final class PageCache implements Volume {
    private static final long LOOK_AGAIN_NANOS = 1_000_000_000L;
    /** How many pages are asked of others at once. */
    private static final int RECLAIMED_PAGES = 64;

    private static final int LITTLE_BYTES = 8192;

    static final long[] NO_MIRRORS = {};

    private final DiskHandle handle;
    private final DiskInfo info;
    private final Clockwork clockwork;
    private final Consumer<String> warnings;
    private volatile boolean readOnly;
    private final int unitBytes;
    private final int fullMask;
    private final PagePool pool;
    private final PageTable table;
    private final WriteErrors sharedErrors = new WriteErrors();
    final WriteBack writeBack;
    private final Reading reading = new Reading(this);
    private final Editing editing = new Editing(this, reading);
    /** Flushes that wait for writes. */
    private final List<Barrier> barriers = new ArrayList<>();

    private long writesEnded;
    private long writesFlushed;
    private boolean gone;
    private boolean closed;

    /**
     * Uses the handle, which stays the caller's, until {@link #end}.
     *
     * @param mostBytes that it may hold, if the pool does not let each cache have less
     */
    public PageCache(
            DiskHandle handle,
            boolean readOnly,
            long mostBytes,
            PagePool pool,
            Clockwork clockwork,
            Consumer<String> warnings) {
        this.handle = handle;
        this.info = handle.info();
        this.readOnly = readOnly || info.readOnly();
        this.clockwork = clockwork;
        this.warnings = warnings;
        unitBytes = info.logicalBlockBytes();
        int units = Page.BYTES / unitBytes;
        fullMask = units == 32 ? -1 : (1 << units) - 1;
        table = new PageTable(PagePool.pages(mostBytes), pool);
        writeBack = new WriteBack(this, pool);
        this.pool = pool;
        pool.add(this);
    }

    @Override
    public DiskInfo disk() {
        return info;
    }

    @Override
    public boolean readOnly() {
        return readOnly;
    }

    /** Whether to refuse writes from now on; a write protected disk's always are. */
    public void setReadOnly(boolean refuse) {
        readOnly = refuse || info.readOnly();
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
        return (long) allowance() << Page.SHIFT;
    }

    /** How many pages can be counted on. */
    int allowance() {
        return Math.min(table.capacity(), pool.share());
    }

    /** How many pages there are: a glimpse. */
    synchronized int pages() {
        return table.count();
    }

    /** How much is in the cache. */
    public long bytesHeld() {
        return (long) pages() << Page.SHIFT;
    }

    /** How much of it is not on the disk. */
    public synchronized long dirtyBytes() {
        return writeBack.dirtyBytes();
    }

    /** How much it may hold at most. */
    public long limitBytes() {
        return (long) table.capacity() << Page.SHIFT;
    }

    /** The limits have changed: idle pages beyond them go. */
    synchronized void shrink() {
        table.surrender(Integer.MAX_VALUE, table.capacity());
    }

    /** For another cache: gives up idle pages as far as this has more than so many. */
    synchronized int surrender(int most, int least) {
        return table.surrender(most, least);
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
        pool.remove(this);
        if (gone) {
            // A driver may be at what looks idle: it was told so over its head.
            table.clear();
        } else {
            table.giveBack();
        }
        writeBack.clear();
        barriers.clear();
        notifyAll();
    }

    /** Whether a request was answered with GONE, or {@link #end} said so. */
    public synchronized boolean isGone() {
        return gone;
    }

    @Override
    public void read(long offset, ByteBuffer into) throws IOException {
        reading.read(offset, into);
    }

    @Override
    public void readAhead(long offset, long bytes) {
        reading.readAhead(offset, bytes);
    }

    @Override
    public int getByte(long offset) throws IOException {
        return (int) reading.number(offset, 1);
    }

    @Override
    public int getShort(long offset) throws IOException {
        return (int) reading.number(offset, 2);
    }

    @Override
    public int getInt(long offset) throws IOException {
        return (int) reading.number(offset, 4);
    }

    @Override
    public void write(long offset, ByteBuffer from, Stage stage, boolean fresh, WriteErrors errors) throws IOException {
        editing.write(offset, from, stage, fresh, errors);
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
    public void makeDurable(Set<Stage> stages, long... mirrorsOfMap) throws IOException {
        List<Batch> writes = new ArrayList<>();
        for (Stage stage : stages) {
            writes.addAll(writeBack.begin(stage, stage == Stage.MAP ? mirrorsOfMap : NO_MIRRORS));
        }
        flushAfter(writes);
    }

    @Override
    public void flush() throws IOException {
        flushAfter(List.of());
    }

    private void flushAfter(List<Batch> writes) throws IOException {
        Barrier barrier = new Barrier(this, writes);
        synchronized (this) {
            checkAlive();
            barriers.add(barrier);
        }
        submitFlushes();
        synchronized (this) {
            while (!barrier.hasEnded()) {
                await();
            }
            checkAlive();
            barrier.check();
        }
    }

    /** Submits the flushes whose writes have ended. Without the monitor. */
    void submitFlushes() {
        List<Barrier> due = new ArrayList<>();
        synchronized (this) {
            for (Barrier barrier : List.copyOf(barriers)) {
                if (barrier.isDue()) {
                    barriers.remove(barrier);
                    if (barrier.begin(writesEnded, writesFlushed)) {
                        due.add(barrier);
                    } else {
                        notifyAll();
                    }
                }
            }
        }
        for (Barrier barrier : due) {
            handle.submit(newBio().flush().onEnd(barrier));
        }
    }

    /** Under the monitor. */
    void flushEnded(BlockStatus status, long covered) {
        if (status.ok()) {
            writesFlushed = Math.max(writesFlushed, covered);
        }
        if (status == BlockStatus.GONE) {
            end(true);
        }
        notifyAll();
    }

    @Override
    public synchronized boolean isDirty(Stage stage) {
        return writeBack.isDirty(stage);
    }

    @Override
    public long stagedBytes() {
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

    /** All pages of a transfer were told. Under the monitor. @return whether {@link #submitFlushes} is to be called outside it */
    boolean transferEnded(Transfer transfer, BlockStatus status) {
        if (transfer.stage != null) {
            writesEnded++;
            writeBack.transferEnded(transfer);
        }
        if (status == BlockStatus.GONE) {
            end(true);
        }
        notifyAll();
        return !barriers.isEmpty();
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

    synchronized void checkAliveNow() throws IOException {
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

    /** Neighbouring pages, kept until {@link #unpin}; makes room for them if need be. Those that there are if it fails. */
    void pin(long first, Page[] into) throws IOException {
        int done = 0;
        synchronized (this) {
            checkAlive();
            while (done < into.length && (into[done] = pinNow(first + done, false)) != null) {
                done++;
            }
        }
        for (; done < into.length; done++) {
            into[done] = pin(first + done);
        }
    }

    /** A page, kept until {@link #unpin}; makes room for it if need be. */
    Page pin(long index) throws IOException {
        boolean asked = false;
        while (true) {
            synchronized (this) {
                checkAlive();
                Page page = pinNow(index, asked);
                if (page != null) {
                    return page;
                }
            }
            if (!asked && pool.isShort()) {
                pool.reclaim(this, RECLAIMED_PAGES);
            } else {
                writeBack.makeRoom();
            }
            asked = !asked;
        }
    }

    /** A page that is there, or, if one may be added, for which there is room at once; else null. Needs the monitor. */
    Page pageNow(long index, boolean mayAdd) {
        Page page = table.get(index);
        return page == null && mayAdd ? table.add(index, present(index), room(false)) : page;
    }

    /** Null if there is no room. Needs the monitor. */
    private Page pinNow(long index, boolean askedOthers) {
        Page page = table.get(index);
        if (page == null) {
            page = table.add(index, present(index), room(askedOthers));
        }
        if (page != null) {
            page.pins++;
            table.settle(page);
        }
        return page;
    }

    private PageTable.Room room(boolean askedOthers) {
        if (!askedOthers && pool.isShort()) {
            return PageTable.Room.FAIR;
        }
        return writeBack.canMakeRoom() ? PageTable.Room.OWN : PageTable.Room.BEYOND;
    }

    synchronized void unpin(Page[] pages) {
        for (Page page : pages) {
            if (page != null) {
                page.pins--;
                if (!ended()) {
                    table.settle(page);
                }
            }
        }
    }

    int present(long index) {
        long left = (bytes() - (index << Page.SHIFT)) / unitBytes;
        return left >= 32 ? fullMask : ((1 << left) - 1) & fullMask;
    }

    int touched(int inPage, int bytes) {
        return units(inPage / unitBytes, (inPage + bytes + unitBytes - 1) / unitBytes);
    }

    int covered(int inPage, int bytes) {
        int from = (inPage + unitBytes - 1) / unitBytes;
        int to = (inPage + bytes) / unitBytes;
        return from >= to ? 0 : units(from, to);
    }

    private static int units(int from, int to) {
        int below = to >= 32 ? -1 : (1 << to) - 1;
        return from >= 32 ? 0 : below & -(1 << from);
    }

    /** Whether so few bytes lie on one page that copying them takes no longer than other moments under the monitor. */
    static boolean isLittle(int inPage, int bytes) {
        return bytes > 0 && bytes <= LITTLE_BYTES && inPage + bytes <= Page.BYTES;
    }

    void checkRange(long offset, int bytes) throws IOException {
        if (offset < 0 || offset > bytes() - bytes) {
            throw new FileSystemException(
                    info.name(), null, "damaged file system: refers to byte " + offset + ", past the end of the disk");
        }
    }
}
