package org.unplug.itests;

import static org.ops4j.pax.exam.CoreOptions.bundle;
import static org.ops4j.pax.exam.CoreOptions.composite;
import static org.ops4j.pax.exam.CoreOptions.junitBundles;
import static org.ops4j.pax.exam.CoreOptions.systemProperty;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.jar.Manifest;
import org.ops4j.pax.exam.Option;

/**
 * What a test installs into the framework, found on the test class path by symbolic name. The class path of a reactor build
 * holds the jars that this very build has packaged, so the tests need neither {@code install} nor a network.
 */
final class TargetPlatform {

    /** Our bundles, lowest layer first. */
    static final List<String> UNPLUG = List.of(
            "org.unplug.block-core",
            "org.unplug.mmc-host",
            "org.unplug.scsi-core",
            "org.unplug.fs-mount",
            "org.unplug.driver-ram",
            "org.unplug.driver-loop",
            "org.unplug.driver-mmc-sim",
            "org.unplug.driver-scsi-debug",
            "org.unplug.events",
            "org.unplug.shell",
            "org.unplug.lab");

    /** Drivers of disks over disks. */
    static final List<String> STACKED = List.of(
            "org.unplug.driver-linear",
            "org.unplug.driver-mirror",
            "org.unplug.driver-hold",
            "org.unplug.driver-cow",
            "org.unplug.driver-delay",
            "org.unplug.driver-error",
            "org.unplug.driver-flakey",
            "org.unplug.driver-log",
            "org.unplug.driver-rate",
            "org.unplug.driver-stats");

    private static final List<String> RUNTIME = List.of(
            "org.osgi.util.function",
            "org.osgi.util.promise",
            "org.osgi.service.component",
            "org.osgi.service.log",
            "org.apache.felix.log",
            "org.apache.felix.configadmin",
            "org.apache.felix.eventadmin",
            "org.apache.felix.scr",
            "org.apache.felix.gogo.runtime",
            "org.apache.felix.gogo.command",
            "org.jline");

    private static final Map<String, String> LOCATIONS = scan();

    private TargetPlatform() {}

    /** Declarative Services, Config Admin, Event Admin, the log and gogo, quiet on the console. */
    static Option runtime() {
        return composite(
                junitBundles(),
                systemProperty("pax.exam.logging").value("none"),
                bundles(RUNTIME.toArray(String[]::new)));
    }

    /** Every bundle of this project. */
    static Option unplug() {
        return bundles(UNPLUG.toArray(String[]::new));
    }

    /** The drivers of disks over disks. */
    static Option stacked() {
        return bundles(STACKED.toArray(String[]::new));
    }

    /** The bundles of these symbolic names. */
    static Option bundles(String... symbolicNames) {
        List<Option> options = new ArrayList<>();
        for (String name : symbolicNames) {
            options.add(bundle(location(name)));
        }
        return composite(options.toArray(Option[]::new));
    }

    /** Where a bundle's jar is, as a {@code file:} URL to install it from. */
    static String location(String symbolicName) {
        String location = LOCATIONS.get(symbolicName);
        if (location == null) {
            throw new IllegalArgumentException(
                    "no bundle " + symbolicName + " on the test class path; there are " + LOCATIONS.keySet());
        }
        return location;
    }

    private static Map<String, String> scan() {
        Map<String, String> found = new TreeMap<>();
        try {
            for (URL url :
                    Collections.list(TargetPlatform.class.getClassLoader().getResources("META-INF/MANIFEST.MF"))) {
                String text = url.toString();
                if (!text.startsWith("jar:")) {
                    continue;
                }
                try (InputStream in = url.openStream()) {
                    String name = new Manifest(in).getMainAttributes().getValue("Bundle-SymbolicName");
                    if (name != null) {
                        String jar = text.substring("jar:".length(), text.indexOf("!/"));
                        // The same spelling for every container: Path normalises what the class path may hold.
                        found.putIfAbsent(
                                name.split(";", 2)[0].trim(),
                                Path.of(new URL(jar).toURI()).toUri().toString());
                    }
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (URISyntaxException e) {
            throw new IllegalStateException("a class path entry is no URI", e);
        }
        return found;
    }
}
