package org.unplug.block.internal.iosched;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.unplug.block.spi.IoScheduler;

/** Shares by weight, and no credit for idling. */
class FairTest {

    private final IoScheduler.Order order = new Fair().newOrder(null);
    private long sector;

    private void insert(String holder, int weight, long sectors) {
        order.insert(Waiter.of(holder, weight, sector++, sectors));
    }

    /** Serves so many, each served holder submitting the same again; sectors by holder. */
    private Map<Object, Long> serve(int count) {
        Map<Object, Long> served = new HashMap<>();
        for (int i = 0; i < count; i++) {
            IoScheduler.Waiting bio = order.next(0);
            served.merge(bio.holder(), bio.sectors(), Long::sum);
            insert((String) bio.holder(), bio.weight(), bio.sectors());
        }
        return served;
    }

    @Test
    void busyHolders_getSectorsInProportionToTheirWeights() {
        for (int i = 0; i < 8; i++) {
            insert("light", 100, 64);
            insert("heavy", 300, 64);
            insert("middle", 200, 64);
        }
        Map<Object, Long> served = serve(6_000);
        double unit = served.get("light");
        assertEquals(2.0, served.get("middle") / unit, 0.02);
        assertEquals(3.0, served.get("heavy") / unit, 0.03);
    }

    @Test
    void sizeOfRequests_doesNotBuyAShare() {
        for (int i = 0; i < 8; i++) {
            insert("large", 100, 1024);
            insert("small", 100, 64);
        }
        Map<Object, Long> served = serve(10_000);
        // A small one costs eight sectors more than it has.
        assertEquals(72.0 / 64 * 1024 / 1032, served.get("large") / (double) served.get("small"), 0.02);
    }

    @Test
    void idleHolder_getsNoCredit() {
        insert("idle", 100, 64);
        order.next(0);
        for (int i = 0; i < 8; i++) {
            insert("busy", 100, 64);
        }
        serve(1_000);
        for (int i = 0; i < 50; i++) {
            insert("idle", 100, 64);
        }
        Map<Object, Long> served = serve(100);
        assertTrue(served.get("busy") >= 49 * 64, "half of it, but " + served);
        assertTrue(served.get("idle") >= 49 * 64, "half of it, but " + served);
    }

    @Test
    void holderThatLeavesAndComesBackAtOnce_doesNotGetMore() {
        for (int i = 0; i < 8; i++) {
            insert("busy", 100, 64);
        }
        insert("hopper", 100, 64);
        // Has one bio at a time and is gone whenever that was served.
        Map<Object, Long> served = serve(1_000);
        assertEquals(1.0, served.get("hopper") / (double) served.get("busy"), 0.02);
    }

    @Test
    void oneHoldersBios_goInTheirOrder_andEachOnce() {
        Random random = new Random(3);
        Map<Object, Long> last = new HashMap<>();
        int inside = 0;
        for (int i = 0; i < 5_000; i++) {
            if (random.nextInt(2) == 0) {
                String holder = "h" + random.nextInt(5);
                insert(holder, 1 + random.nextInt(1000), 1 + random.nextInt(100));
                inside++;
            } else if (inside > 0) {
                IoScheduler.Waiting bio = order.next(0);
                Long before = last.put(bio.holder(), bio.sector());
                assertTrue(before == null || before < bio.sector());
                inside--;
            }
        }
        for (; inside > 0; inside--) {
            order.next(0);
        }
        assertNull(order.next(0));
    }
}
