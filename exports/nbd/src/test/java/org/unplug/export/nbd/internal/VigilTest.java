package org.unplug.export.nbd.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/** Who stays awake between requests, in virtual time. */
class VigilTest {

    private static final long MOST = 100_000;
    private static final long MS = 1_000_000;
    private static final long WOKEN = 60_000;
    private static final long LOOKED = 20_000;

    private final Rivals rivals = new Rivals(1);
    /** Clocks may begin anywhere, and pass the end of a long. */
    private long now = Long.MAX_VALUE - MS;

    private final class Client {
        private final Vigil vigil = new Vigil(rivals, MOST);
        private long requests;
        private long bytes;

        private boolean staysAwake() {
            return vigil.staysAwake(now, requests, bytes, true);
        }

        /** Sends some; whether the pause behind it begins awake. */
        private boolean sends(int count, long bytesOfEach) {
            requests += count;
            bytes += count * bytesOfEach;
            return staysAwake();
        }

        private void yields(long nanos) {
            now += nanos;
            vigil.hasYielded(now);
        }

        /** How long it stays awake from now on, if nothing comes. */
        private long awakeNanos() {
            long since = now;
            while (staysAwake()) {
                yields(2_000);
            }
            return now - since;
        }

        /** It was tried, and staying awake pays; the pause in which it is now is spent so. */
        private Client paying() {
            sends(1, 4 << 10);
            for (int i = 0; i < Trial.TRIED; i++) {
                yields(LOOKED);
                sends(1, 4 << 10);
            }
            for (int i = 0; i < Trial.TRIED; i++) {
                now += WOKEN;
                sends(1, 4 << 10);
            }
            return this;
        }
    }

    @Test
    void clientThatHasAskedForNothing_isSleptFor() {
        assertFalse(new Client().staysAwake());
    }

    @Test
    void oneRequestAtATime_keepsAwake() {
        Client client = new Client().paying();
        for (int i = 0; i < 1_000; i++) {
            client.yields(LOOKED / 2);
            assertTrue(client.staysAwake());
            client.yields(LOOKED / 2);
            assertTrue(client.sends(1, 4 << 10));
        }
    }

    @Test
    void whereItDoesNotPay_itIsTriedOnly() {
        Client client = new Client();
        int awake = 0;
        int sent = 3 * 2 * Trial.TRIED + (1 + 2 + 4) * Trial.KEPT;
        for (int i = 0; i < sent; i++) {
            awake += client.sends(1, 4 << 10) ? 1 : 0;
            client.yields(LOOKED);
        }
        assertEquals(3 * Trial.TRIED, awake);
    }

    @Test
    void pauseThatIsLong_isSleptThrough_fromThenOn() {
        Client client = new Client().paying();
        assertEquals(MOST, client.awakeNanos());
        now += MS;
        assertFalse(client.staysAwake());
    }

    @Test
    void clientThatThinksForLong_costsNextToNothing() {
        Client client = new Client().paying();
        long awake = 0;
        long begin = now;
        for (int i = 0; i < 2_000; i++) {
            awake += client.awakeNanos();
            now += MS / 2;
            client.sends(1, 4 << 10);
        }
        assertTrue(awake > MOST);
        assertTrue(awake * 100 < now - begin, awake + " of " + (now - begin) + " ns");
    }

    @Test
    void pausesThatAreNotInVain_makeAmends() {
        Client client = new Client().paying();
        client.awakeNanos();
        now += Vigil.LEAST_VAIN_NANOS - 1;
        assertFalse(client.sends(1, 0));
        now += 1;
        assertTrue(client.sends(1, 0), "a while later it is tried again");
        client.yields(LOOKED);
        assertTrue(client.sends(1, 0));
        client.awakeNanos();
        now += Vigil.LEAST_VAIN_NANOS;
        assertTrue(client.sends(1, 0), "the next time is no longer than the first");
    }

    @Test
    void pausesThatBringMany_areSleptThrough() {
        Client client = new Client().paying();
        for (int i = 0; i < 20; i++) {
            client.sends(32, 4 << 10);
        }
        assertFalse(client.sends(32, 4 << 10));
        for (int i = 0; i < 100; i++) {
            client.sends(1, 4 << 10);
        }
        assertTrue(client.sends(1, 4 << 10), "it sends one at a time again");
    }

    @Test
    void longRequests_areSleptFor() {
        Client client = new Client().paying();
        for (int i = 0; i < 20; i++) {
            client.sends(1, 1 << 20);
        }
        assertFalse(client.sends(1, 1 << 20));
    }

    @Test
    void diskThatIsWaitedFor_isSleptFor() {
        Client client = new Client().paying();
        assertFalse(client.vigil.staysAwake(now, client.requests + 1, client.bytes, false));
        assertTrue(client.vigil.staysAwake(now, client.requests + 2, client.bytes, true));
    }

    @Test
    void yieldThatTookASlice_stopsAll() {
        Client other = new Client().paying();
        other.vigil.stop();
        Client client = new Client().paying();
        client.yields(Vigil.SLICE_NANOS);
        assertFalse(client.staysAwake());
        assertFalse(client.sends(1, 0));
        assertFalse(other.sends(1, 0));
        now += Rivals.LEAST_REST_NANOS;
        assertTrue(client.sends(1, 0));
    }

    @Test
    void yieldThatTookASlice_andBroughtSomething_stopsAll() {
        Client client = new Client().paying();
        client.yields(4 * MS);
        assertFalse(client.sends(1, 0));
    }

    @Test
    void clientThatHasTheProcessor_isNobodyElse() {
        Client client = new Client().paying();
        client.yields(Vigil.SLICE_NANOS - 1);
        assertTrue(client.sends(1, 0));
    }

    @Test
    void whoIsAwakeNoMore_makesRoom() {
        Client other = new Client().paying();
        other.vigil.stop();
        Client client = new Client().paying();
        assertFalse(other.sends(1, 0));
        client.vigil.stop();
        client.vigil.stop();
        assertTrue(other.sends(1, 0));
        assertFalse(client.sends(1, 0));
        other.vigil.stop();
        assertTrue(client.sends(1, 0));
    }

    @Test
    void never_isNever() {
        Vigil sleeper = new Vigil(rivals, 0);
        for (int i = 1; i < Trial.TRIED; i++) {
            assertFalse(sleeper.staysAwake(now, i, 0, true));
        }
    }
}
