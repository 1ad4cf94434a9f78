package org.unplug.itests;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.zip.ZipEntry;
import org.unplug.itests.stranger.StrangerConsumer;
import org.unplug.itests.stranger.StrangerDriver;

/** Makes bundles while the tests run: jars with a manifest, a component description and the classes of {@code stranger}. */
final class Strangers {

    private static final AtomicInteger SERIAL = new AtomicInteger();
    private static final String COMPONENT = """
            <?xml version="1.0" encoding="UTF-8"?>
            <scr:component xmlns:scr="http://www.osgi.org/xmlns/scr/v1.4.0" name="%1$s" immediate="true"
                deactivate="deactivate" init="2">
              <implementation class="%1$s"/>
              <reference name="layer" interface="%2$s" target="%3$s" parameter="0"/>
              <reference name="plan" interface="java.util.function.BiFunction" target="(stranger.plan=%4$s)"
                  parameter="1"/>
            </scr:component>
            """;

    private Strangers() {}

    /** A bundle with a driver that asks the plan of that name; see {@link Plan}. */
    static Path driver(String name, String plan) throws IOException {
        return component(name, StrangerDriver.class, "org.unplug.block.Disks", "(objectClass=*)", plan);
    }

    /** A bundle with a component that has a static reference to a disk and asks the plan of that name. */
    static Path consumer(String name, String diskFilter, String plan) throws IOException {
        return component(name, StrangerConsumer.class, "org.unplug.block.Disk", diskFilter, plan);
    }

    /** A bundle with nothing in it: somebody to act for. */
    static Path empty(String name) throws IOException {
        return jar(name, Map.of(), Map.of());
    }

    private static Path component(String name, Class<?> type, String layer, String layerFilter, String plan)
            throws IOException {
        Map<String, byte[]> entries = new TreeMap<>();
        String path = type.getName().replace('.', '/');
        entries.put(path + ".class", bytes(type, path + ".class"));
        for (Class<?> inner : type.getDeclaredClasses()) {
            String innerPath = inner.getName().replace('.', '/') + ".class";
            entries.put(innerPath, bytes(type, innerPath));
        }
        // The compiler's table for a switch over an enum is a class of its own.
        for (int i = 1; type.getResource("/" + path + "$" + i + ".class") != null; i++) {
            entries.put(path + "$" + i + ".class", bytes(type, path + "$" + i + ".class"));
        }
        String description = COMPONENT.formatted(type.getName(), layer, layerFilter.replace("&", "&amp;"), plan);
        entries.put("OSGI-INF/component.xml", description.getBytes(StandardCharsets.UTF_8));
        return jar(
                name,
                Map.of(
                        "Import-Package",
                        "org.unplug.block;version=\"[1.0,2)\",org.unplug.block.spi;version=\"[1.0,2)\"",
                        "Service-Component",
                        "OSGI-INF/component.xml"),
                entries);
    }

    private static Path jar(String name, Map<String, String> headers, Map<String, byte[]> entries) throws IOException {
        Manifest manifest = new Manifest();
        Attributes main = manifest.getMainAttributes();
        main.put(Attributes.Name.MANIFEST_VERSION, "1.0");
        main.putValue("Bundle-ManifestVersion", "2");
        main.putValue("Bundle-SymbolicName", name);
        main.putValue("Bundle-Version", "1.0.0");
        headers.forEach(main::putValue);
        Path folder = Files.createDirectories(Path.of("target", "strangers"));
        Path file = folder.resolve(name + "-" + SERIAL.incrementAndGet() + ".jar");
        try (OutputStream out = Files.newOutputStream(file);
                JarOutputStream jar = new JarOutputStream(out, manifest)) {
            for (Map.Entry<String, byte[]> entry : entries.entrySet()) {
                jar.putNextEntry(new ZipEntry(entry.getKey()));
                jar.write(entry.getValue());
                jar.closeEntry();
            }
        }
        return file.toAbsolutePath();
    }

    private static byte[] bytes(Class<?> near, String path) throws IOException {
        try (InputStream in = near.getResourceAsStream("/" + path)) {
            return in.readAllBytes();
        }
    }
}
