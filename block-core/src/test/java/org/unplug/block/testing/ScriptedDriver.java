package org.unplug.block.testing;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.unplug.block.BlockStatus;
import org.unplug.block.spi.DiskDriver;
import org.unplug.block.spi.Request;

/** A driver over an array that does with each request what the test says, and counts who is inside. */
public final class ScriptedDriver implements DiskDriver {

    /** What becomes of a request. */
    public enum Reply {
        /** Done and completed inside the call. */
        INLINE,
        /** Accepted, and kept until the test completes it. */
        HOLD,
        /** No room. */
        BUSY,
        /** A throwable. */
        THROW,
        /** Completed, and a throwable. */
        COMPLETE_AND_THROW,
        /** Completed, and then declined. */
        COMPLETE_AND_BUSY,
        /** Completed twice. */
        TWICE
    }

    private final byte[] content;
    public final List<Request> held = new CopyOnWriteArrayList<>();
    public final List<String> log = new CopyOnWriteArrayList<>();
    public final AtomicInteger inside = new AtomicInteger();
    public final AtomicInteger entries = new AtomicInteger();
    public final AtomicInteger entriesAfterQuiet = new AtomicInteger();
    public volatile boolean quiet;

    public volatile Function<Request, Reply> script = r -> Reply.INLINE;
    /** Runs inside queueRequest, before the reply. */
    public volatile Runnable whenQueued = () -> {};

    public volatile Runnable whenCommitted = () -> {};
    /** What it does when asked to cancel. */
    public volatile java.util.function.Consumer<Request> whenCancelled = r -> {};

    /** What it was told of its users. */
    public final List<Boolean> uses = new CopyOnWriteArrayList<>();

    /** Runs inside inUse, after that was noted. */
    public volatile Runnable whenUsed = () -> {};

    public ScriptedDriver(long sectors) {
        content = new byte[Math.toIntExact(sectors * 512)];
    }

    public ScriptedDriver reply(Reply always) {
        script = r -> always;
        return this;
    }

    public byte[] content() {
        return content;
    }

    private void enter() {
        inside.incrementAndGet();
        entries.incrementAndGet();
        if (quiet) {
            entriesAfterQuiet.incrementAndGet();
        }
    }

    @Override
    public boolean queueRequest(Request request) {
        enter();
        try {
            whenQueued.run();
            Reply reply = script.apply(request);
            if (reply != Reply.BUSY) {
                log.add(describe(request));
            }
            switch (reply) {
                case INLINE -> finish(request);
                case HOLD -> held.add(request);
                case BUSY -> {
                    return false;
                }
                case THROW -> throw new IllegalStateException("scripted");
                case COMPLETE_AND_THROW -> {
                    finish(request);
                    throw new IllegalStateException("scripted");
                }
                case COMPLETE_AND_BUSY -> {
                    finish(request);
                    return false;
                }
                case TWICE -> {
                    finish(request);
                    request.complete(BlockStatus.OK);
                }
            }
            return true;
        } finally {
            inside.decrementAndGet();
        }
    }

    @Override
    public void commit() {
        enter();
        try {
            log.add("commit");
            whenCommitted.run();
        } finally {
            inside.decrementAndGet();
        }
    }

    @Override
    public void inUse(boolean open) {
        enter();
        try {
            uses.add(open);
            whenUsed.run();
        } finally {
            inside.decrementAndGet();
        }
    }

    @Override
    public void cancel(Request request) {
        enter();
        try {
            log.add("cancel " + request.tag());
            whenCancelled.accept(request);
        } finally {
            inside.decrementAndGet();
        }
    }

    /** As "WRITE 8+16" or "FLUSH". */
    public static String describe(Request request) {
        String fua = request.fua() ? " FUA" : "";
        return request.sectors() == 0
                ? request.op().name()
                : request.op() + " " + request.sector() + "+" + request.sectors() + fua;
    }

    /** Does it and completes it OK. */
    public void finish(Request request) {
        int at = Math.toIntExact(request.sector() * 512);
        switch (request.op()) {
            case READ -> {
                for (int i = 0; i < request.segmentCount(); i++) {
                    ByteBuffer segment = request.segment(i);
                    segment.put(segment.position(), content, at, segment.remaining());
                    at += segment.remaining();
                }
            }
            case WRITE -> {
                for (int i = 0; i < request.segmentCount(); i++) {
                    ByteBuffer segment = request.segment(i);
                    segment.get(segment.position(), content, at, segment.remaining());
                    at += segment.remaining();
                }
            }
            case DISCARD, WRITE_ZEROES ->
                java.util.Arrays.fill(content, at, at + (int) request.sectors() * 512, (byte) 0);
            case FLUSH -> {}
        }
        request.complete(BlockStatus.OK);
    }

    /** Completes the oldest one that is held. */
    public void finishNext() {
        finish(held.remove(0));
    }

    public void finishAll() {
        while (!held.isEmpty()) {
            finishNext();
        }
    }

    /** What was asked of it, without commits. */
    public List<String> requests() {
        List<String> lines = new ArrayList<>(log);
        lines.removeIf(l -> l.equals("commit") || l.startsWith("cancel"));
        return lines;
    }
}
