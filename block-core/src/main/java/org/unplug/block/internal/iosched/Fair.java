package org.unplug.block.internal.iosched;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import org.unplug.block.DiskInfo;
import org.unplug.block.spi.IoScheduler;

/**
 * Shares a disk among its holders by weight: each holder's bios go in order, and the holder whose virtual time is least goes
 * next, where a bio costs its sectors over the holder's weight (start-time fair queueing, Goyal, Vin and Cheng 1996). One that
 * was idle begins at the present virtual time, so that idling earns nothing.
 */
public final class Fair implements IoScheduler {

    /** What any bio costs besides its sectors, so that small ones are not free. */
    private static final long BASE_SECTORS = 8;

    private static final long SCALE = 1000;

    @Override
    public String name() {
        return "fair";
    }

    @Override
    public Order newOrder(DiskInfo disk) {
        return new FairOrder();
    }

    private static final class Share {
        private final Deque<Waiting> waiting = new ArrayDeque<>();
        private long finished;
    }

    static final class FairOrder implements Order {
        private final Map<Object, Share> shares = new HashMap<>();
        /** Of holders that have nothing waiting: the virtual time up to which they have been served, if that is ahead. */
        private final Map<Object, Long> debts = new HashMap<>();

        private long virtualTime;

        @Override
        public void insert(Waiting bio) {
            Share share = shares.computeIfAbsent(bio.holder(), h -> new Share());
            if (share.waiting.isEmpty()) {
                Long debt = debts.remove(bio.holder());
                share.finished = debt == null ? virtualTime : Math.max(debt, virtualTime);
            }
            share.waiting.add(bio);
        }

        @Override
        public Waiting next(long now) {
            Share least = null;
            Object leastHolder = null;
            for (Map.Entry<Object, Share> entry : shares.entrySet()) {
                Share share = entry.getValue();
                if (least == null || share.finished < least.finished) {
                    least = share;
                    leastHolder = entry.getKey();
                }
            }
            if (least == null) {
                return null;
            }
            Waiting bio = least.waiting.remove();
            virtualTime = least.finished;
            least.finished += (bio.sectors() + BASE_SECTORS) * SCALE / Math.max(1, bio.weight());
            if (least.waiting.isEmpty()) {
                shares.remove(leastHolder);
                debts.put(leastHolder, least.finished);
                debts.values().removeIf(debt -> debt <= virtualTime);
            }
            return bio;
        }
    }
}
