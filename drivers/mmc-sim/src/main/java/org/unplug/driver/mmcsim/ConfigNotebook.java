package org.unplug.driver.mmcsim;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import org.osgi.framework.FrameworkUtil;
import org.osgi.service.cm.Configuration;
import org.osgi.service.cm.ConfigurationAdmin;
import org.osgi.service.log.Logger;
import org.unplug.mmc.sim.CardSpec;
import org.unplug.mmc.sim.MmcSlots;

/** Notes what is in a slot as the factory configuration that {@link SlotComponent} reads. */
final class ConfigNotebook {

    private static final String ANY_LOCATION = "?";

    private ConfigNotebook() {}

    /** Does nothing where there is no Config Admin; one that fails costs the memory of the card, not the card. */
    static void note(ConfigurationAdmin admin, Logger logger, String slot, CardSpec card, long revision) {
        if (admin == null) {
            return;
        }
        Map<String, Object> properties = new LinkedHashMap<>();
        properties.put("slot", slot);
        properties.put("inserted", card != null);
        properties.put("revision", revision);
        if (card != null) {
            properties.put("image", card.image() == null ? "" : card.image().toString());
            properties.put("bytes", card.bytes());
            properties.put("readonly", card.readOnly());
            properties.put("latencyMicros", card.latencyMicros());
            properties.put("programMicros", card.programMicros());
            properties.put("checksums", card.checksums());
            properties.put("type", card.type() == null ? "auto" : card.type().name());
            properties.put("serial", card.serial());
        }
        try {
            Configuration configuration = admin.getFactoryConfiguration(MmcSlots.FACTORY_PID, slot, ANY_LOCATION);
            configuration.update(FrameworkUtil.asDictionary(properties));
        } catch (IOException | IllegalStateException e) {
            logger.warn("slot " + slot + ": what is in it cannot be written to its configuration: " + e.getMessage());
        }
    }
}
