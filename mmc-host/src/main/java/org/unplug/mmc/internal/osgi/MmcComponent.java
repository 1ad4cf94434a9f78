package org.unplug.mmc.internal.osgi;

import java.util.LinkedHashMap;
import java.util.Map;
import org.osgi.framework.BundleContext;
import org.osgi.framework.FrameworkUtil;
import org.osgi.framework.ServiceRegistration;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.log.Logger;
import org.osgi.service.log.LoggerFactory;
import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.Designate;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;
import org.unplug.block.Disks;
import org.unplug.mmc.MmcCard;
import org.unplug.mmc.internal.bus.HostController;
import org.unplug.mmc.internal.bus.MmcBus;
import org.unplug.mmc.internal.bus.Settings;
import org.unplug.mmc.internal.port.CoreLog;
import org.unplug.mmc.spi.MmcHost;
import org.unplug.ref.Clockwork;
import org.unplug.ref.SystemClockwork;
import org.unplug.whiteboard.Whiteboard;

/** Starts and stops the MMC core. */
@Component(
        service = {},
        configurationPid = MmcComponent.PID)
@Designate(ocd = MmcComponent.Config.class)
public final class MmcComponent {

    static final String PID = "org.unplug.mmc";

    /** Times of the bus. */
    @ObjectClassDefinition(id = PID, name = "Unplug MMC core")
    public @interface Config {
        @AttributeDefinition(name = "Debounce", description = "Milliseconds that a card detect switch must be quiet")
        long debounceMs() default 200;

        @AttributeDefinition(
                name = "Poll",
                description = "Milliseconds between looks at adapters without card detection")
        long pollMs() default 1000;

        @AttributeDefinition(
                name = "Quiet",
                description = "Milliseconds that the removal of an adapter waits for calls inside its driver")
        long quietMs() default 5000;
    }

    private final SystemClockwork clockwork = Clockwork.system("mmc");
    private final Whiteboard<MmcHost, HostController> adapters;

    @Activate
    public MmcComponent(
            BundleContext context,
            Config config,
            @Reference Disks disks,
            @Reference(service = LoggerFactory.class) Logger logger) {
        Settings settings = Settings.DEFAULT.withBus(config.debounceMs(), config.pollMs(), config.quietMs());
        MmcBus bus = new MmcBus(settings, clockwork, disks, card -> publish(context, card), log(logger));
        adapters = new Whiteboard<>(context, MmcHost.class, bus);
        adapters.open();
    }

    @Deactivate
    public void stop() {
        adapters.close();
        clockwork.close();
    }

    private static CoreLog log(Logger logger) {
        return new CoreLog() {
            @Override
            public void info(String line) {
                logger.info(line);
            }

            @Override
            public void warn(String line) {
                logger.warn(line);
            }
        };
    }

    private static Runnable publish(BundleContext context, MmcCard card) {
        Map<String, Object> properties = new LinkedHashMap<>();
        properties.put(MmcCard.HOST, card.host());
        if (!card.slot().isEmpty()) {
            properties.put(MmcCard.SLOT, card.slot());
        }
        properties.put(MmcCard.NAME, card.registers().cid().name());
        properties.put(MmcCard.SERIAL, card.registers().cid().serialText());
        properties.put(MmcCard.CID, card.registers().cid().raw().hex());
        properties.put(MmcCard.TYPE, card.type().text());
        properties.put(MmcCard.BYTES, card.capacityBytes());
        properties.put(MmcCard.DISK, card.disk());
        ServiceRegistration<MmcCard> registration;
        try {
            registration = context.registerService(MmcCard.class, card, FrameworkUtil.asDictionary(properties));
        } catch (IllegalStateException stopped) {
            return () -> {};
        }
        return () -> {
            try {
                registration.unregister();
            } catch (IllegalStateException alreadyGone) {
                // The framework unregistered it when this bundle stopped.
            }
        };
    }
}
