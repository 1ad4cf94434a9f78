package org.unplug.itests;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import javax.inject.Inject;
import org.junit.After;
import org.junit.Before;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.ops4j.pax.exam.Configuration;
import org.ops4j.pax.exam.ExamFactory;
import org.ops4j.pax.exam.Option;
import org.ops4j.pax.exam.junit.PaxExam;
import org.ops4j.pax.exam.nat.internal.NativeTestContainerFactory;
import org.ops4j.pax.exam.spi.reactors.ExamReactorStrategy;
import org.ops4j.pax.exam.spi.reactors.PerClass;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceFactory;
import org.osgi.framework.ServiceReference;
import org.osgi.framework.ServiceRegistration;
import org.unplug.mmc.spi.HostCaps;
import org.unplug.mmc.spi.HostEvents;
import org.unplug.mmc.spi.MmcError;
import org.unplug.mmc.spi.MmcHost;
import org.unplug.mmc.spi.MmcIos;
import org.unplug.mmc.spi.MmcRequest;
import org.unplug.scsi.ScsiBus;
import org.unplug.scsi.spi.HostByte;
import org.unplug.scsi.spi.HostLimits;
import org.unplug.scsi.spi.ScsiCommand;
import org.unplug.scsi.spi.ScsiHost;
import org.unplug.whiteboard.Whiteboard;

/** An adapter's service that goes while the core is still taking it into use. */
@RunWith(PaxExam.class)
@ExamFactory(NativeTestContainerFactory.class)
@ExamReactorStrategy(PerClass.class)
public class AdapterRaceIT {

    private static final int RACES = 300;

    @Inject
    private BundleContext context;

    private Rig rig;
    private Random random;

    @Configuration
    public Option[] framework() {
        return new Option[] {
            TargetPlatform.runtime(),
            TargetPlatform.bundles("org.unplug.block-core", "org.unplug.mmc-host", "org.unplug.scsi-core")
        };
    }

    @Before
    public void setUp() {
        rig = new Rig(context);
        long seed = Seeds.next();
        random = new Random(seed);
    }

    @After
    public void tearDown() {
        Await.until("every disk is released", () -> rig.list().isEmpty());
    }

    /** Counts who is inside an adapter, and who comes when its unregistration has returned. */
    private static class Counted {
        final AtomicInteger inside = new AtomicInteger();
        final AtomicInteger entered = new AtomicInteger();
        final AtomicInteger late = new AtomicInteger();
        final List<String> calls = new ArrayList<>();
        volatile boolean unregistered;

        void call(String name) {
            entered.incrementAndGet();
            inside.incrementAndGet();
            if (unregistered) {
                late.incrementAndGet();
            }
            synchronized (calls) {
                if (calls.size() < 20) {
                    calls.add(name);
                }
            }
            Thread.onSpinWait();
            inside.decrementAndGet();
        }

        void unregister(ServiceRegistration<?> registration, String race) {
            registration.unregister();
            unregistered = true;
            assertEquals(race + ": inside when unregister returned " + calls, 0, inside.get());
        }
    }

    /** A slot without a card. */
    private static final class EmptySlot extends Counted implements MmcHost {
        final AtomicInteger starts = new AtomicInteger();
        final AtomicInteger stops = new AtomicInteger();

        @Override
        public void start(HostEvents events) {
            call("start");
            starts.incrementAndGet();
            events.cardChanged();
        }

        @Override
        public void stop() {
            call("stop");
            stops.incrementAndGet();
        }

        @Override
        public HostCaps caps() {
            call("caps");
            return HostCaps.DEFAULT;
        }

        @Override
        public void request(MmcRequest request) {
            call("request");
            request.fail(MmcError.NO_MEDIUM);
        }

        @Override
        public void cancel(MmcRequest request) {
            call("cancel");
        }

        @Override
        public void setIos(MmcIos ios) {
            call("setIos");
        }

        @Override
        public boolean isCardPresent() {
            call("isCardPresent");
            return false;
        }

        @Override
        public boolean isReadOnly() {
            call("isReadOnly");
            return false;
        }
    }

    /** An adapter that nothing is connected to. */
    private static final class EmptyBus extends Counted implements ScsiHost {
        @Override
        public String name() {
            call("name");
            return "empty";
        }

        @Override
        public HostLimits limits() {
            call("limits");
            return HostLimits.DEFAULT;
        }

        @Override
        public Queued queueCommand(ScsiCommand command) {
            call("queueCommand");
            command.completeFailed(HostByte.NO_CONNECT);
            return Queued.ACCEPTED;
        }
    }

    private void spin() {
        long until = System.nanoTime() + random.nextInt(400_000);
        while (System.nanoTime() < until) {
            Thread.onSpinWait();
        }
    }

    @Test
    public void unregister_ofAnMmcHostThatIsBeingAttached_leavesNobodyInside() {
        for (int race = 0; race < RACES; race++) {
            EmptySlot slot = new EmptySlot();
            ServiceRegistration<?> registration = context.registerService(MmcHost.class, slot, null);
            spin();
            slot.unregister(registration, "race " + race);
            assertEquals("race " + race + ": started and stopped " + slot.calls, slot.starts.get(), slot.stops.get());
            assertEquals("race " + race + ": entered late " + slot.calls, 0, slot.late.get());
        }
    }

    @Test
    public void unregister_ofAScsiHostThatIsBeingScanned_leavesNobodyInside() {
        int scanned = 0;
        for (int race = 0; race < RACES; race++) {
            EmptyBus bus = new EmptyBus();
            ServiceRegistration<?> registration = context.registerService(ScsiHost.class, bus, null);
            spin();
            bus.unregister(registration, "race " + race);
            assertEquals("race " + race + ": entered late " + bus.calls, 0, bus.late.get());
            scanned += bus.calls.contains("queueCommand") ? 1 : 0;
        }
        assertTrue("the races never met a scan", scanned > 0);
        assertEquals(List.of(), rig.service(ScsiBus.class).hosts());
    }

    @Test
    public void unregister_onAnotherThreadThanRegister_leavesNobodyInside() throws Exception {
        for (int race = 0; race < RACES; race++) {
            EmptySlot slot = new EmptySlot();
            CyclicBarrier start = new CyclicBarrier(2);
            int lateBy = random.nextInt(100_000);
            // The reference is there in the REGISTERED event already, before registerService returns.
            Bystander<ServiceRegistration<?>> registrar = Bystander.does("registrar", () -> {
                start.await();
                return context.registerService(MmcHost.class, slot, null);
            });
            start.await();
            long until = System.nanoTime() + lateBy;
            while (System.nanoTime() < until) {
                Thread.onSpinWait();
            }
            slot.unregister(registrar.get(), "race " + race);
            assertEquals("race " + race, slot.starts.get(), slot.stops.get());
            assertEquals("race " + race + ": entered late", 0, slot.late.get());
        }
    }

    /** What a whiteboard did with a service. */
    private static final class Journal implements Whiteboard.Bus<Runnable, Journal.Attached> {
        final AtomicInteger attaches = new AtomicInteger();
        final AtomicInteger detaches = new AtomicInteger();

        record Attached(Runnable service) {}

        @Override
        public Attached attach(Runnable service, ServiceReference<Runnable> reference) {
            attaches.incrementAndGet();
            return new Attached(service);
        }

        @Override
        public void detach(Attached attached) {
            attached.service().run();
            detaches.incrementAndGet();
        }
    }

    /** A service whose object takes its time to be made, as that of a delayed component. */
    private static final class Slow implements ServiceFactory<Runnable> {
        final CountDownLatch asked = new CountDownLatch(1);
        final CountDownLatch make = new CountDownLatch(1);
        volatile ServiceRegistration<Runnable> mine;

        @Override
        public Runnable getService(Bundle bundle, ServiceRegistration<Runnable> registration) {
            mine = registration;
            asked.countDown();
            try {
                make.await(Await.BOUND_MS, TimeUnit.MILLISECONDS);
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
            return () -> {};
        }

        @Override
        public void ungetService(Bundle bundle, ServiceRegistration<Runnable> registration, Runnable service) {}
    }

    @Test
    public void unregister_whileTheWhiteboardStillGetsTheService_neverAttachesIt() throws Exception {
        Journal journal = new Journal();
        try (Whiteboard<Runnable, Journal.Attached> board = new Whiteboard<>(context, Runnable.class, journal)) {
            board.open();
            Slow slow = new Slow();
            AtomicInteger detachesAtReturn = new AtomicInteger(-1);
            Bystander<Void> registrar = Bystander.does("registrar", () -> {
                context.registerService(Runnable.class, slow, null);
                return null;
            });
            assertTrue(slow.asked.await(Await.BOUND_MS, TimeUnit.MILLISECONDS));
            Bystander<Void> unregistrar = Bystander.does("unregistrar", () -> {
                slow.mine.unregister();
                detachesAtReturn.set(journal.detaches.get());
                return null;
            });
            Await.happens(50, unregistrar::isDone);
            slow.make.countDown();
            unregistrar.get();
            registrar.get();
            assertEquals("attached after it had gone", journal.attaches.get(), detachesAtReturn.get());
            assertEquals(List.of(), board.attached());
        }
    }

    @Test
    public void close_whileServicesComeAndGo_detachesEachOnce() throws Exception {
        for (int round = 0; round < 50; round++) {
            Journal journal = new Journal();
            Whiteboard<Runnable, Journal.Attached> board = new Whiteboard<>(context, Runnable.class, journal);
            board.open();
            CyclicBarrier start = new CyclicBarrier(3);
            List<Bystander<Void>> drivers = new ArrayList<>();
            for (int i = 0; i < 2; i++) {
                drivers.add(Bystander.does("driver-" + i, () -> {
                    start.await();
                    for (int n = 0; n < 20; n++) {
                        context.registerService(Runnable.class, () -> {}, null).unregister();
                    }
                    return null;
                }));
            }
            start.await();
            spin();
            board.close();
            int attached = journal.attaches.get();
            for (Bystander<Void> driver : drivers) {
                driver.get();
            }
            assertEquals("round " + round + ": attached after close", attached, journal.attaches.get());
            assertEquals("round " + round + ": detached", attached, journal.detaches.get());
        }
    }
}
