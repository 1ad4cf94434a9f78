package org.unplug.scsi.debug.internal.osgi;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceRegistration;
import org.unplug.scsi.debug.ScsiDebug;
import org.unplug.scsi.spi.ScsiHost;

/** An adapter's two services come and go together, whatever the framework is doing. */
class AdapterShellTest {

    /** How many more services can be registered before the bundle stops. */
    private int left = Integer.MAX_VALUE;

    private final List<Class<?>> registered = new ArrayList<>();

    private final BundleContext context = (BundleContext) proxy(BundleContext.class, (method, args) -> {
        assertEquals("registerService", method);
        if (left-- <= 0) {
            throw new IllegalStateException("BundleContext is no longer valid");
        }
        return registration((Class<?>) args[0]);
    });

    private interface Answer {
        Object to(String method, Object[] args);
    }

    private static Object proxy(Class<?> type, Answer answer) {
        return Proxy.newProxyInstance(
                type.getClassLoader(),
                new Class<?>[] {type},
                (self, method, args) -> answer.to(method.getName(), args));
    }

    private Object registration(Class<?> type) {
        registered.add(type);
        boolean[] gone = {false};
        return proxy(ServiceRegistration.class, (method, args) -> {
            assertEquals("unregister", method);
            if (gone[0]) {
                throw new IllegalStateException("Service already unregistered.");
            }
            gone[0] = true;
            registered.remove(type);
            return null;
        });
    }

    /** The defaults, but for the number of targets. */
    private static AdapterConfig config(int targets) {
        Map<String, Object> said = Map.of("targets", targets, "name", "tower");
        return (AdapterConfig) Proxy.newProxyInstance(
                AdapterConfig.class.getClassLoader(),
                new Class<?>[] {AdapterConfig.class},
                (self, method, args) -> said.getOrDefault(method.getName(), method.getDefaultValue()));
    }

    private AdapterShell shell(int targets) {
        return new AdapterShell(context, config(targets), "pid", () -> null, () -> null);
    }

    private static boolean hasThreads() {
        return Thread.getAllStackTraces().keySet().stream()
                .anyMatch(thread -> thread.getName().startsWith("tower"));
    }

    @Test
    void bothServices_comeAndGoTogether() {
        AdapterShell shell = shell(2);
        assertEquals(List.of(ScsiHost.class, ScsiDebug.class), registered);
        shell.stop();
        assertEquals(List.of(), registered);
    }

    @Test
    void otherTargets_areAnotherAdapter_andTheSameAreNot() {
        AdapterShell first = shell(2);
        assertSame(first, first.modified(config(2)));
        AdapterShell second = first.modified(config(3));
        assertTrue(second != first);
        assertEquals(2, registered.size(), "those of one adapter");
        second.stop();
        assertEquals(List.of(), registered);
    }

    @Test
    void successorThatCannotCome_sinceTheBundleStops_leavesNothing_andTheStopThatFollowsIsNone() {
        for (int those : List.of(0, 1)) {
            left = Integer.MAX_VALUE;
            AdapterShell shell = shell(2);
            left = those;
            assertThrows(IllegalStateException.class, () -> shell.modified(config(3)));
            assertEquals(List.of(), registered, "not even the half of a successor");
            shell.stop();
            assertFalse(hasThreads());
        }
    }

    @Test
    void modificationAfterThat_makesTheSuccessorAnew() {
        AdapterShell shell = shell(2);
        left = 0;
        assertThrows(IllegalStateException.class, () -> shell.modified(config(3)));
        left = Integer.MAX_VALUE;
        AdapterShell next = shell.modified(config(2));
        assertEquals(2, registered.size());
        next.stop();
        assertEquals(List.of(), registered);
    }
}
