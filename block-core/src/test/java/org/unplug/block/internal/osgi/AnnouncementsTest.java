package org.unplug.block.internal.osgi;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import org.junit.jupiter.api.Test;
import org.unplug.block.DiskListener;
import org.unplug.ref.Clockwork;

class AnnouncementsTest {

    private final Queue<Runnable> threads = new ArrayDeque<>();
    private final List<DiskListener> listeners = new ArrayList<>();
    private final List<String> problems = new ArrayList<>();
    private final List<String> heard = new ArrayList<>();
    private final Announcements announcements = new Announcements(new ByHand(), () -> listeners, problems::add);

    private final class ByHand implements Clockwork {
        @Override
        public long nanoTime() {
            return 0;
        }

        @Override
        public void execute(String name, Runnable task) {
            threads.add(task);
        }

        @Override
        public Timer schedule(long delayMs, Runnable task) {
            throw new AssertionError("no timer is needed");
        }

        @Override
        public void await(Object monitor, long timeoutNanos) {
            throw new AssertionError("nobody waits");
        }
    }

    private DiskListener hears(String who) {
        return new DiskListener() {
            @Override
            public void fault(String line) {
                heard.add(who + " " + line);
            }
        };
    }

    private void tell(String line) {
        announcements.tell(listener -> listener.fault(line));
    }

    @Test
    void tell_runsNoListenerOnTheCallersThread_andKeepsTheOrder() {
        listeners.add(hears("a"));
        listeners.add(hears("b"));
        tell("1");
        tell("2");
        assertEquals(List.of(), heard);
        assertEquals(1, threads.size(), "one thread at a time tells");
        threads.remove().run();
        assertEquals(List.of("a 1", "b 1", "a 2", "b 2"), heard);
        tell("3");
        threads.remove().run();
        assertEquals("b 3", heard.get(heard.size() - 1));
    }

    @Test
    void tell_withoutAListener_startsNoThread() {
        tell("1");
        assertTrue(threads.isEmpty());
    }

    @Test
    void aListenerThatThrows_isNamed_andTheOthersHear() {
        listeners.add(new DiskListener() {
            @Override
            public void fault(String line) {
                throw new IllegalStateException("no");
            }
        });
        listeners.add(hears("b"));
        tell("1");
        threads.remove().run();
        assertEquals(List.of("b 1"), heard);
        assertEquals(1, problems.size());
        assertTrue(problems.get(0).endsWith("java.lang.IllegalStateException: no"), problems.get(0));
    }

    @Test
    void listenersThatDoNotKeepUp_loseWhatIsTooMuch_andThatIsSaidOnce() {
        listeners.add(hears("a"));
        for (int i = 0; i < Announcements.MOST_WAITING + 5; i++) {
            tell("x");
        }
        assertEquals(1, problems.size());
        threads.remove().run();
        assertEquals(Announcements.MOST_WAITING, heard.size());
        tell("y");
        threads.remove().run();
        assertEquals("a y", heard.get(heard.size() - 1));
    }
}
