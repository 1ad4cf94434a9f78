package org.unplug.export.nbd.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.unplug.ref.Clockwork;
import org.unplug.ref.SystemClockwork;

/** Who has the next turn. One desk, so that there is one at a time; timers fire when a test says so. */
@Timeout(60)
class CrewTest {

    private final SystemClockwork system = Clockwork.system("crew");
    private final HeldTime time = new HeldTime();
    private final Crew crew = new Crew("crew", 1, 1, time);
    private final List<String> turns = new CopyOnWriteArrayList<>();
    private final List<Guest> guests = new ArrayList<>();
    private ServerSocketChannel listener;

    @BeforeEach
    void listen() throws IOException {
        listener = ServerSocketChannel.open().bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    }

    @AfterEach
    void allLeave() throws IOException {
        for (Guest guest : guests) {
            guest.next = () -> Crew.Next.OVER;
            guest.close();
        }
        crew.close();
        ServerRig.until("no worker is left", () -> time.running.get() == 0);
        system.close();
        listener.close();
    }

    /** The machine's threads, and a clock that stands. */
    private final class HeldTime implements Clockwork {
        private final AtomicLong nanos = new AtomicLong();
        private final AtomicInteger running = new AtomicInteger();
        private final Queue<Runnable> timers = new ConcurrentLinkedQueue<>();

        @Override
        public long nanoTime() {
            return nanos.get();
        }

        @Override
        public void execute(String name, Runnable task) {
            running.incrementAndGet();
            system.execute(name, () -> {
                task.run();
                running.decrementAndGet();
            });
        }

        @Override
        public Timer schedule(long delayMs, Runnable task) {
            timers.add(task);
            return () -> {};
        }

        @Override
        public void await(Object monitor, long timeoutNanos) {
            system.await(monitor, timeoutNanos);
        }

        private void pass(long ms) {
            nanos.addAndGet(TimeUnit.MILLISECONDS.toNanos(ms));
            timers.remove().run();
        }
    }

    /** A connection that does in its turns what a test says. */
    private final class Guest implements Crew.Member {
        private final String name;
        private final SocketChannel peer;
        private final SocketChannel channel;
        private final Place place;
        private volatile Supplier<Crew.Next> next;

        Guest(String name, Supplier<Crew.Next> next) throws IOException {
            this.name = name;
            this.next = next;
            peer = SocketChannel.open(listener.getLocalAddress());
            channel = listener.accept();
            place = crew.join(this);
            guests.add(this);
        }

        @Override
        public SocketChannel channel() {
            return channel;
        }

        @Override
        public Crew.Next turn() {
            turns.add(name);
            return next.get();
        }

        private int read(int bytes) {
            try {
                return channel.read(ByteBuffer.allocate(bytes));
            } catch (IOException e) {
                throw new java.io.UncheckedIOException(e);
            }
        }

        private void close() throws IOException {
            peer.close();
            channel.close();
            place.rouse();
        }
    }

    private static void passed(CountDownLatch latch) {
        try {
            assertTrue(latch.await(30, TimeUnit.SECONDS));
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    /** So often there is something left. */
    private static Supplier<Crew.Next> again(int times) {
        AtomicInteger left = new AtomicInteger(times);
        return () -> left.getAndDecrement() > 0 ? Crew.Next.AGAIN : Crew.Next.AWAIT;
    }

    @Test
    void nobodyHasASecondTurn_beforeEachWhoWaitsHadOne() throws IOException {
        CountDownLatch allWait = new CountDownLatch(1);
        Supplier<Crew.Next> hasMore = again(2);
        Guest first = new Guest("a", () -> {
            passed(allWait);
            return hasMore.get();
        });
        Guest second = new Guest("b", again(2));
        Guest third = new Guest("c", again(2));
        first.place.rouse();
        ServerRig.until("a has its turn", () -> turns.size() == 1);
        second.place.rouse();
        third.place.rouse();
        allWait.countDown();
        ServerRig.until("all are served", () -> turns.size() == 9);
        assertEquals(List.of("a", "b", "c", "a", "b", "c", "a", "b", "c"), turns);
    }

    @Test
    void whatIsLeftUnread_bringsAnotherTurn() throws IOException {
        Guest guest = new Guest("a", () -> Crew.Next.AWAIT);
        guest.next = () -> {
            guest.read(1);
            return Crew.Next.AWAIT;
        };
        guest.peer.write(ByteBuffer.allocate(3));
        ServerRig.until("three bytes, three turns", () -> turns.size() >= 3);
    }

    @Test
    void turnThatWaits_andSaysSo_holdsUpNobody() throws IOException {
        CountDownLatch answered = new CountDownLatch(1);
        Guest waits = new Guest("waits", () -> Crew.Next.AWAIT);
        waits.next = () -> {
            waits.place.holdsUp();
            passed(answered);
            return Crew.Next.AWAIT;
        };
        Guest other = new Guest("other", () -> Crew.Next.AWAIT);
        waits.place.rouse();
        ServerRig.until("it waits", () -> turns.contains("waits"));
        other.place.rouse();
        ServerRig.until("the other is served", () -> turns.contains("other"));
        answered.countDown();
    }

    @Test
    void turnThatHasWaited_andHasMoreToDo_goesOn() throws IOException {
        Guest guest = new Guest("a", () -> Crew.Next.AWAIT);
        Supplier<Crew.Next> hasMore = again(3);
        guest.next = () -> {
            guest.place.holdsUp();
            // Its successor has found nothing to do.
            ServerRig.until("the successor waits", crew::isIdle);
            return hasMore.get();
        };
        guest.place.rouse();
        ServerRig.until("all of it is done", () -> turns.size() == 4);
    }

    @Test
    void turnThatWaits_andDoesNotSaySo_isFoundOut() throws IOException {
        CountDownLatch answered = new CountDownLatch(1);
        Guest waits = new Guest("waits", () -> {
            passed(answered);
            return Crew.Next.AWAIT;
        });
        Guest other = new Guest("other", () -> Crew.Next.AWAIT);
        waits.place.rouse();
        ServerRig.until("it waits", () -> turns.contains("waits"));
        other.place.rouse();
        assertEquals(List.of("waits"), turns);
        time.pass(1_000);
        ServerRig.until("the other is served", () -> turns.contains("other"));
        answered.countDown();
    }

    @Test
    void whoIsRousedDuringItsTurn_hasAnother() throws IOException {
        CountDownLatch roused = new CountDownLatch(1);
        Guest guest = new Guest("a", () -> {
            passed(roused);
            return Crew.Next.AWAIT;
        });
        guest.place.rouse();
        ServerRig.until("it has its turn", () -> turns.size() == 1);
        guest.place.rouse();
        roused.countDown();
        ServerRig.until("it has another", () -> turns.size() == 2);
    }

    @Test
    void whenAllHaveLeft_workersEnd_andOthersAreWelcome() throws IOException {
        for (int i = 0; i < 3; i++) {
            Guest guest = new Guest("a", () -> Crew.Next.OVER);
            guest.place.rouse();
            ServerRig.until("no worker is left", () -> time.running.get() == 0);
        }
        assertEquals(List.of("a", "a", "a"), turns);
    }

    @Test
    void closedCrew_letsNobodyIn_andServesWhoIsThere() throws IOException {
        Guest guest = new Guest("a", () -> Crew.Next.AWAIT);
        crew.close();
        guest.peer.write(ByteBuffer.allocate(1));
        ServerRig.until("it is served", () -> turns.contains("a"));
        assertNull(crew.join(guest));
    }
}
