package org.unplug.mmc.internal.osgi;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.osgi.framework.BundleContext;
import org.osgi.framework.FrameworkUtil;
import org.osgi.framework.ServiceRegistration;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Modified;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.log.Logger;
import org.osgi.service.log.LoggerFactory;
import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.Designate;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;
import org.unplug.block.Disks;
import org.unplug.mmc.Cid;
import org.unplug.mmc.ExtCsd;
import org.unplug.mmc.MmcCard;
import org.unplug.mmc.MmcHosts;
import org.unplug.mmc.TraceEntry;
import org.unplug.mmc.internal.bus.HostController;
import org.unplug.mmc.internal.bus.MmcBus;
import org.unplug.mmc.internal.bus.Settings;
import org.unplug.mmc.internal.port.CoreLog;
import org.unplug.mmc.spi.MmcHost;
import org.unplug.mmc.spi.MmcIos;
import org.unplug.ref.Clockwork;
import org.unplug.ref.SystemClockwork;
import org.unplug.whiteboard.Whiteboard;

/** Starts and stops the MMC core. */
@Component(service = MmcHosts.class, immediate = true, configurationPid = MmcComponent.PID)
@Designate(ocd = MmcComponent.Config.class)
public final class MmcComponent implements MmcHosts {

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

        @AttributeDefinition(
                name = "Busy",
                description = "Milliseconds that a card may program before it is taken through power-up again")
        long busyMs() default 10_000;
    }

    private final SystemClockwork clockwork = Clockwork.system("mmc");
    private final Logger logger;
    private final MmcBus bus;
    private final Whiteboard<MmcHost, HostController> adapters;

    @Activate
    public MmcComponent(
            BundleContext context,
            Config config,
            @Reference Disks disks,
            @Reference(service = LoggerFactory.class) Logger logger) {
        this.logger = logger;
        bus = new MmcBus(settings(config), clockwork, disks, card -> publish(context, card), log(logger));
        adapters = new Whiteboard<>(context, MmcHost.class, bus);
        adapters.open();
    }

    /** Other times are no reason to let a card go: they hold from now on, and what is in use stays in use. */
    @Modified
    void modified(Config config) {
        try {
            bus.change(settings(config));
        } catch (IllegalArgumentException e) {
            logger.error(PID + ": the times stay as they were: " + e.getMessage());
        }
    }

    private static Settings settings(Config config) {
        return Settings.DEFAULT
                .withBus(config.debounceMs(), config.pollMs(), config.quietMs())
                .withBusy(config.busyMs());
    }

    @Deactivate
    public void stop() {
        adapters.close();
        clockwork.close();
    }

    @Override
    public List<Host> list() {
        return bus.list();
    }

    @Override
    public List<TraceEntry> startup(String host) {
        return bus.startup(host);
    }

    @Override
    public List<TraceEntry> recent(String host) {
        return bus.recent(host);
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

    private static String bus(MmcIos ios) {
        String timing =
                ios.timing() == MmcIos.Timing.LEGACY ? "" : ", " + ios.timing().text();
        return ios.widthBits() + " bit, " + ios.clockHz() / 1_000_000 + " MHz" + timing;
    }

    private static Runnable publish(BundleContext context, MmcCard card) {
        Map<String, Object> properties = new LinkedHashMap<>();
        properties.put(MmcCard.HOST, card.host());
        if (!card.slot().isEmpty()) {
            properties.put(MmcCard.SLOT, card.slot());
        }
        Cid cid = card.registers().cid();
        properties.put(MmcCard.NAME, cid.name());
        properties.put(MmcCard.SERIAL, cid.serialText());
        properties.put(MmcCard.CID, cid.raw().hex());
        properties.put(MmcCard.TYPE, card.type().text());
        properties.put(MmcCard.BYTES, card.capacityBytes());
        properties.put(MmcCard.DATE, String.format("%04d-%02d", cid.year(), cid.month()));
        properties.put(MmcCard.BUS, bus(card.bus()));
        properties.put(MmcCard.RETURNED, card.isReturned());
        ExtCsd extCsd = card.registers().extCsd();
        if (extCsd != null && extCsd.lifeTimeA() > 0) {
            properties.put(MmcCard.LIFE_USED, Math.max(extCsd.lifeTimeA(), extCsd.lifeTimeB()) * 10);
        }
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
