package org.unplug.export.nbd.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.unplug.block.BlockException;
import org.unplug.block.Disk;
import org.unplug.block.DiskHandle;
import org.unplug.block.GoneException;
import org.unplug.block.internal.genhd.Gendisk;
import org.unplug.block.internal.genhd.OwnedDisk;
import org.unplug.block.spi.DiskSpec;
import org.unplug.block.testing.FlatBlockLayer;
import org.unplug.block.testing.ScriptedDriver;
import org.unplug.block.testing.VirtualClockwork;

/** Clients of an export that come while others go. */
class ExportTest {

    private final VirtualClockwork clockwork = new VirtualClockwork();
    private final FlatBlockLayer layer = new FlatBlockLayer(clockwork);
    private final ScriptedDriver driver = new ScriptedDriver(64);
    private final Gendisk disk = layer.add(DiskSpec.of("ram", 64), driver);
    private final Export export = new Export("e", slowToClose(), false, 1_000, clockwork);
    private boolean held;

    /** The disk, whose close is under way for as long as the test wants. */
    private Disk slowToClose() {
        Disk real = new OwnedDisk(disk, layer.userBundle());
        return proxy(Disk.class, (method, args) -> {
            Object result = method.invoke(real, args);
            return result instanceof DiskHandle handle ? slowToClose(handle) : result;
        });
    }

    private DiskHandle slowToClose(DiskHandle real) {
        return proxy(DiskHandle.class, (method, args) -> {
            if (method.getName().equals("close")) {
                clockwork.until(() -> !held);
            }
            return method.invoke(real, args);
        });
    }

    private interface Call {
        Object answer(Method method, Object[] args) throws ReflectiveOperationException;
    }

    private static <T> T proxy(Class<T> type, Call call) {
        return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, (self, method, args) -> {
            try {
                return call.answer(method, args);
            } catch (InvocationTargetException e) {
                throw e.getCause();
            }
        }));
    }

    @AfterEach
    void close() {
        clockwork.close();
    }

    private Session session() {
        Session.Means means = ServerRig.alone(new Exports(), clockwork, line -> {});
        return new Session(1, "test", new RecordedWire(List.of(), () -> {}), means, () -> {});
    }

    private void lastLeaves() throws IOException {
        Session last = session();
        export.join(last);
        held = true;
        clockwork.start("last", () -> {
            export.leave(last);
            return null;
        });
        clockwork.settle();
    }

    private VirtualClockwork.Started<DiskHandle> nextComes() {
        VirtualClockwork.Started<DiskHandle> next = clockwork.start("next", () -> export.join(session()));
        clockwork.settle();
        return next;
    }

    @Test
    void whoComesWhileTheLastOneLeaves_getsTheDiskOnceItIsClosed() throws IOException {
        lastLeaves();
        VirtualClockwork.Started<DiskHandle> next = nextComes();
        assertFalse(next.isDone());
        held = false;
        clockwork.settle();
        assertFalse(next.result().isGone());
        assertEquals(1, export.clients());
    }

    @Test
    void whoWaitsForTheClose_isTurnedAwayAtOnce_ifTheDiskGoes() throws IOException {
        lastLeaves();
        long began = clockwork.nanoTime();
        VirtualClockwork.Started<Boolean> turnedAway = clockwork.start("next", () -> {
            assertThrows(GoneException.class, () -> export.join(session()));
            return true;
        });
        clockwork.settle();
        export.withdraw(0);
        clockwork.settle();
        assertTrue(turnedAway.result());
        assertEquals(began, clockwork.nanoTime());
        held = false;
    }

    @Test
    void closeThatNeverReturns_isWaitedForSomeSeconds() throws IOException {
        lastLeaves();
        long began = clockwork.nanoTime();
        assertThrows(BlockException.class, () -> export.join(session()));
        assertEquals(5_000, (clockwork.nanoTime() - began) / 1_000_000);
        held = false;
    }
}
