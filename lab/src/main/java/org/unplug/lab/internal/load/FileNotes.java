package org.unplug.lab.internal.load;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.FileSystem;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The notes on the files that writers made on one side: how much of each was asked for, acknowledged, made durable. The content
 * of a file follows from its number, so notes are small. They outlive incarnations of the disk. Any thread may call.
 *
 * <p>Files only grow and are deleted, so what must be there is always a prefix.
 */
public final class FileNotes {

    private static final int COMPARE_BYTES = 64 * 1024;

    private final long identity;
    private final Map<Long, Note> notes = new ConcurrentHashMap<>();
    private final AtomicLong number = new AtomicLong();

    /** What is known of a file. One thread writes it. */
    static final class Note {
        final long number;
        final String path;
        volatile long asked;
        volatile long acknowledged;
        volatile long durable;
        volatile boolean deleting;
        volatile boolean deleted;
        volatile boolean closed;

        Note(long number, String path) {
            this.number = number;
            this.path = path;
        }

        synchronized void ask(int bytes) {
            asked += bytes;
        }

        synchronized void acknowledge(int bytes) {
            acknowledged += bytes;
        }
    }

    /**
     * What the comparison found.
     *
     * @param files compared
     * @param bytes compared
     * @param losses in a line each
     */
    public record Findings(int files, long bytes, List<String> losses) {
        /** With what somebody else found lost. */
        public Findings withLosses(List<String> more) {
            List<String> all = new ArrayList<>(losses);
            all.addAll(more);
            return new Findings(files, bytes, all);
        }
    }

    public FileNotes(long identity) {
        this.identity = identity;
    }

    Note begin(String directory) {
        long next = number.incrementAndGet();
        Note note = new Note(next, directory + "/file-" + next + ".data");
        notes.put(next, note);
        return note;
    }

    /** Forgets a file whose deletion was acknowledged and is durable, or does not matter any more. */
    void forget(Note note) {
        notes.remove(note.number);
    }

    /** Files of a directory that are closed and not being deleted, oldest first. */
    List<Note> closed(String directory) {
        return notes.values().stream()
                .filter(n -> n.closed && !n.deleting && n.path.startsWith(directory + "/"))
                .sorted(Comparator.comparingLong(n -> n.number))
                .toList();
    }

    /** Fills a buffer with what a file holds from a position on. */
    void content(Note note, long position, ByteBuffer into) {
        byte[] block = new byte[Stamp.BYTES];
        ByteBuffer stamped = ByteBuffer.wrap(block);
        long at = position;
        while (into.hasRemaining()) {
            new Stamp(identity, note.number, at / Stamp.BYTES, 0).write(stamped, 0);
            int from = (int) (at % Stamp.BYTES);
            int many = Math.min(Stamp.BYTES - from, into.remaining());
            into.put(block, from, many);
            at += many;
        }
    }

    /**
     * Compares a part of a file with what it must hold.
     *
     * @return the first position that differs, or -1
     */
    long difference(Note note, SeekableByteChannel channel, long from, long to) throws IOException {
        ByteBuffer is = ByteBuffer.allocate(COMPARE_BYTES);
        ByteBuffer wanted = ByteBuffer.allocate(COMPARE_BYTES);
        channel.position(from);
        long at = from;
        while (at < to) {
            is.clear().limit((int) Math.min(COMPARE_BYTES, to - at));
            while (is.hasRemaining()) {
                if (channel.read(is) < 0) {
                    break;
                }
            }
            is.flip();
            if (!is.hasRemaining()) {
                return at;
            }
            wanted.clear().limit(is.limit());
            content(note, at, wanted);
            int mismatch = is.mismatch(wanted.flip());
            if (mismatch >= 0) {
                return at + mismatch;
            }
            at += is.limit();
        }
        return -1;
    }

    /**
     * Compares every file with its note after the file system has come back.
     *
     * @param orderly whether all that was acknowledged must be there, or only what was made durable
     */
    public Findings settle(FileSystem fileSystem, boolean orderly) throws IOException {
        int files = 0;
        long bytes = 0;
        List<String> losses = new ArrayList<>();
        for (Note note : notes.values()) {
            Path path = fileSystem.getPath(note.path);
            long kept = orderly ? note.acknowledged : note.durable;
            try (SeekableByteChannel channel = Files.newByteChannel(path)) {
                if (note.deleted && orderly) {
                    losses.add(note.path + " was deleted and is there");
                } else if (!note.deleting) {
                    files++;
                    bytes += judge(note, channel, kept, losses);
                }
            } catch (NoSuchFileException absent) {
                if (kept > 0 && !note.deleting) {
                    losses.add(note.path + " is not there; " + kept + " bytes were kept");
                }
            } catch (IOException unreadable) {
                // Of what was not kept some may be missing, but what is there can be read: a cut leaves lost clusters
                // at most.
                losses.add(note.path + " cannot be read, " + kept + " bytes were kept: " + unreadable.getMessage());
            }
        }
        return new Findings(files, bytes, losses);
    }

    /**
     * Deletes every file and forgets its note: the next load has the room again, and deleting is the first use of what a removal
     * has left.
     *
     * @return what cannot be deleted
     */
    public List<String> clear(FileSystem fileSystem) {
        List<String> losses = new ArrayList<>();
        for (Note note : notes.values()) {
            delete(fileSystem.getPath(note.path), losses);
        }
        notes.clear();
        return losses;
    }

    private static void delete(Path path, List<String> losses) {
        try {
            Files.deleteIfExists(path);
        } catch (IOException damaged) {
            losses.add(path + " cannot be deleted: " + damaged.getMessage());
        }
    }

    /** The prefix that was kept must be right and so must be whatever else is there. */
    private long judge(Note note, SeekableByteChannel channel, long kept, List<String> losses) throws IOException {
        long size = channel.size();
        if (size < kept) {
            losses.add(note.path + " has " + size + " bytes; " + kept + " were kept");
        } else if (size > note.asked) {
            losses.add(note.path + " has " + size + " bytes; no more than " + note.asked + " were asked for");
        }
        long upTo = Math.min(size, kept);
        long differs = difference(note, channel, 0, upTo);
        if (differs >= 0) {
            losses.add(note.path + " differs at byte " + differs + " of " + kept + " that were kept");
        }
        readThrough(channel, upTo);
        return upTo;
    }

    /** What was not kept may hold anything, but it can be read. */
    private static void readThrough(SeekableByteChannel channel, long from) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(COMPARE_BYTES);
        channel.position(from);
        while (channel.read(buffer.clear()) >= 0) {
            // Only whether.
        }
    }
}
