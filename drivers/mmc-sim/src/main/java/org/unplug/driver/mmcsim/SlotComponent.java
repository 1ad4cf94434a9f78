package org.unplug.driver.mmcsim;

import java.io.IOException;
import java.nio.file.Path;
import org.osgi.service.component.ComponentConstants;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.ConfigurationPolicy;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Modified;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.log.Logger;
import org.osgi.service.log.LoggerFactory;
import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.Designate;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;
import org.unplug.mmc.sim.CardSpec;
import org.unplug.mmc.sim.MmcSlots;

/** A slot and the card in it, as a factory configuration says. */
@Component(
        service = {},
        configurationPid = MmcSlots.FACTORY_PID,
        configurationPolicy = ConfigurationPolicy.REQUIRE)
@Designate(ocd = SlotComponent.Config.class, factory = true)
public final class SlotComponent {

    /** What is in a slot. */
    @ObjectClassDefinition(id = MmcSlots.FACTORY_PID, name = "Unplug simulated SD card")
    public @interface Config {
        @AttributeDefinition(name = "Slot", description = "Its name: letters, digits, - and _")
        String slot() default MmcSlots.DEFAULT_SLOT;

        @AttributeDefinition(name = "Inserted", description = "Whether the card is in the slot")
        boolean inserted() default true;

        @AttributeDefinition(name = "Image", description = "File behind the card; empty for a card in memory")
        String image() default "";

        @AttributeDefinition(
                name = "Bytes",
                description = "Capacity; 0 for that of the image. A file that does not exist is made with it")
        long bytes() default 0;

        @AttributeDefinition(name = "Read-only", description = "The write protect switch")
        boolean readonly() default false;

        @AttributeDefinition(name = "Latency", description = "Microseconds that each transfer takes beside the copying")
        long latencyMicros() default 0;

        @AttributeDefinition(
                name = "Programming",
                description = "Microseconds that the card is busy with what it was written")
        long programMicros() default 0;

        @AttributeDefinition(
                name = "Checksums",
                description = "Whether the CRC16 of every block is computed and compared at both ends")
        boolean checksums() default true;

        @AttributeDefinition(name = "Type", description = "auto, SDSC, SDHC, SDXC, SDUC, MMC or EMMC")
        String type() default "auto";

        @AttributeDefinition(
                name = "Serial",
                description = "Number in the card's CID; 0 for one made from the image's path")
        long serial() default 0;

        @AttributeDefinition(
                name = "Revision",
                description = "Written by the driver; leave it as it is",
                required = false)
        long revision() default 0;
    }

    private final Simulator simulator;
    private final Logger logger;
    private volatile String slot;

    /** Fails, with one line, if the card cannot be put in. */
    @Activate
    public SlotComponent(
            Config config, @Reference SimComponent slots, @Reference(service = LoggerFactory.class) Logger logger)
            throws IOException {
        this.simulator = slots.simulator();
        this.logger = logger;
        this.slot = config.slot();
        simulator.configured(slot, card(config), config.revision());
    }

    @Modified
    void modified(Config config) {
        try {
            if (!slot.equals(config.slot())) {
                simulator.deleted(slot);
                slot = config.slot();
            }
            simulator.configured(config.slot(), card(config), config.revision());
        } catch (IOException | IllegalArgumentException e) {
            logger.error("slot " + config.slot() + ": " + e.getMessage());
        }
    }

    @Deactivate
    void stop(int reason) {
        if (reason == ComponentConstants.DEACTIVATION_REASON_CONFIGURATION_DELETED) {
            simulator.deleted(slot);
        }
    }

    private static CardSpec card(Config config) {
        if (!config.inserted() || (config.image().isEmpty() && config.bytes() == 0)) {
            return null;
        }
        return new CardSpec(
                config.image().isEmpty() ? null : Path.of(config.image()),
                config.bytes(),
                config.readonly(),
                config.latencyMicros(),
                config.programMicros(),
                config.checksums(),
                Simulator.type(config.type()),
                config.serial());
    }
}
