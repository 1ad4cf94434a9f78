package org.unplug.itests;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;
import static org.ops4j.pax.exam.CoreOptions.frameworkProperty;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiFunction;
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
import org.osgi.framework.FrameworkUtil;
import org.osgi.framework.ServiceRegistration;
import org.unplug.block.Disk;
import org.unplug.block.DiskHandle;
import org.unplug.block.GoneException;
import org.unplug.block.Holder;
import org.unplug.block.OpenMode;
import org.unplug.block.spi.DiskSpec;

/**
 * A component that takes 9 seconds to come or to let go, and uses the disk all the while. Whatever the component runtime's
 * patience ({@code ds.lock.timeout.milliseconds}): stopping the driver stays bounded, and no call reaches the driver afterwards.
 */
@RunWith(PaxExam.class)
@ExamFactory(NativeTestContainerFactory.class)
@ExamReactorStrategy(PerClass.class)
public abstract class SlowConsumers {

    private static final long SLOW_MS = 9_000;
    private static final long SYNC_MS = 1_000;
    private static final long DRAIN_MS = 1_000;
    private static final long SLACK_MS = 1_500;
    private static final DiskSpec SPEC =
            DiskSpec.of("odd", 2048).withTimeouts(new DiskSpec.Timeouts(30_000, SYNC_MS, DRAIN_MS));

    @Inject
    private BundleContext context;

    private Rig rig;
    private Plan plan;
    private Consumer consumer;
    private Bundle driverBundle;
    private Bundle consumerBundle;

    abstract long lockTimeoutMs();

    /** Whether the consumer is let go when the claims are checked; otherwise it really takes its 9 seconds. */
    boolean letGoEarly() {
        return true;
    }

    @Configuration
    public Option[] framework() {
        return new Option[] {
            TargetPlatform.runtime(),
            TargetPlatform.bundles("org.unplug.block-core"),
            frameworkProperty("ds.lock.timeout.milliseconds").value(String.valueOf(lockTimeoutMs()))
        };
    }

    @Before
    public void setUp() throws Exception {
        assertEquals(String.valueOf(lockTimeoutMs()), context.getProperty("ds.lock.timeout.milliseconds"));
        rig = new Rig(context);
        plan = new Plan(context, "odd", SPEC);
        driverBundle = rig.start(Strangers.driver("stranger", "odd"));
        rig.disk("(disk.bus=odd)");
        Await.until("the partition scan is over", () -> plan.entered.get() > 0 && plan.inside.get() == 0);
    }

    @After
    public void tearDown() throws Exception {
        consumer.letGo.countDown();
        Rig.uninstall(consumerBundle);
        Rig.uninstall(driverBundle);
        plan.forget();
        plan.close();
        consumer.close();
        Await.until("every disk is released", () -> rig.list().isEmpty());
    }

    /** The test's side of {@code StrangerConsumer}. */
    private static final class Consumer implements BiFunction<String, Object, Object>, AutoCloseable {

        private final String slowAt;
        private final ServiceRegistration<?> registration;
        final CountDownLatch letGo = new CountDownLatch(1);
        final CountDownLatch slow = new CountDownLatch(1);
        final CountDownLatch done = new CountDownLatch(1);
        final AtomicInteger ok = new AtomicInteger();
        final AtomicInteger gone = new AtomicInteger();
        final List<Throwable> others = new CopyOnWriteArrayList<>();

        Consumer(BundleContext context, String slowAt) {
            this.slowAt = slowAt;
            registration = context.registerService(
                    BiFunction.class.getName(), this, FrameworkUtil.asDictionary(Map.of("stranger.plan", "slow")));
        }

        @Override
        public Object apply(String what, Object disk) {
            if (!what.equals(slowAt) || slow.getCount() == 0) {
                return null;
            }
            try (DiskHandle handle = ((Disk) disk).open(Holder.named("slow consumer"), OpenMode.READ)) {
                slow.countDown();
                long until = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(SLOW_MS);
                while (letGo.getCount() > 0 && System.nanoTime() < until) {
                    use(handle);
                }
            } catch (GoneException goneAlready) {
                slow.countDown();
                gone.incrementAndGet();
                linger();
            } catch (IOException | RuntimeException e) {
                others.add(e);
            } finally {
                done.countDown();
            }
            return null;
        }

        /** Let go by the disk's going: it can only take its time. */
        private void linger() {
            try {
                letGo.await(SLOW_MS, TimeUnit.MILLISECONDS);
            } catch (InterruptedException e) {
                others.add(e);
            }
        }

        private void use(DiskHandle handle) {
            try {
                handle.read(0, ByteBuffer.allocate(512));
                ok.incrementAndGet();
            } catch (GoneException e) {
                gone.incrementAndGet();
            } catch (IOException | RuntimeException e) {
                others.add(e);
            }
        }

        @Override
        public void close() {
            registration.unregister();
        }
    }

    private void stopTheDriver(boolean early) throws Exception {
        long tookMs = Rig.stop(driverBundle);
        int inside = plan.inside.get();
        int entered = plan.entered.get();
        assertEquals("somebody was inside the driver when stop returned", 0, inside);
        assertTrue("stop took " + tookMs + " ms", tookMs < SYNC_MS + DRAIN_MS + SLACK_MS);
        int goneThen = consumer.gone.get();
        if (consumer.done.getCount() > 0 && consumer.ok.get() > 0) {
            Await.until("the consumer goes on", () -> consumer.gone.get() > goneThen + 100);
        }
        if (early) {
            consumer.letGo.countDown();
        }
        assertTrue("the consumer hangs", consumer.done.await(SLOW_MS * 3, TimeUnit.MILLISECONDS));
        assertEquals("calls that entered the driver after stop returned", entered, plan.entered.get());
        assertEquals(0, plan.insideAtDeactivate.get());
        assertTrue("it met GONE: " + consumer.gone, consumer.gone.get() > 0);
        assertEquals("other errors than GONE", List.of(), consumer.others);
    }

    @Test
    public void stop_whileAConsumerDeactivatesOnAnotherThreadFor9s_letsNoCallReachTheDriverAfterwards()
            throws Exception {
        consumer = new Consumer(context, "deactivate");
        consumerBundle = rig.start(Strangers.consumer("consumer", "(disk.bus=odd)", "slow"));
        Bystander<Long> stopper = Bystander.does("consumer-stopper", () -> Rig.stop(consumerBundle));
        assertTrue(consumer.slow.await(Await.BOUND_MS, TimeUnit.MILLISECONDS));
        Await.until("it uses the disk", () -> consumer.ok.get() > 100);
        stopTheDriver(letGoEarly());
        stopper.get();
    }

    @Test
    public void stop_whileAConsumerActivatesFor9s_letsNoCallReachTheDriverAfterwards() throws Exception {
        consumer = new Consumer(context, "activate");
        Bystander<Void> starter = Bystander.does("consumer-starter", () -> {
            consumerBundle = rig.start(Strangers.consumer("consumer", "(disk.bus=odd)", "slow"));
            return null;
        });
        assertTrue(consumer.slow.await(Await.BOUND_MS, TimeUnit.MILLISECONDS));
        Await.until("it uses the disk", () -> consumer.ok.get() > 100);
        stopTheDriver(letGoEarly());
        starter.get();
    }

    @Test
    public void stop_withAConsumerThatNeeds9sToLetGoOfTheDisk_doesNotWaitForIt() throws Exception {
        consumer = new Consumer(context, "deactivate");
        consumerBundle = rig.start(Strangers.consumer("consumer", "(disk.bus=odd)", "slow"));
        stopTheDriver(true);
        assertTrue(
                plan.report().laggards().toString(),
                plan.report().laggards().stream().anyMatch(line -> line.contains("listener")));
    }
}
