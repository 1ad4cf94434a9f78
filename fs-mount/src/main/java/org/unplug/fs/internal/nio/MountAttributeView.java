package org.unplug.fs.internal.nio;

import java.io.IOException;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.attribute.BasicFileAttributeView;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.DosFileAttributeView;
import java.nio.file.attribute.FileAttributeView;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.unplug.fs.spi.NodeInfo;

/** The views basic and dos of a path, also by the names of their attributes. */
final class MountAttributeView implements DosFileAttributeView {
    private static final Map<String, Function<MountAttributes, Object>> BASIC = new LinkedHashMap<>();
    private static final Map<String, Function<MountAttributes, Object>> DOS = new LinkedHashMap<>();

    static {
        BASIC.put("size", MountAttributes::size);
        BASIC.put("creationTime", MountAttributes::creationTime);
        BASIC.put("lastAccessTime", MountAttributes::lastAccessTime);
        BASIC.put("lastModifiedTime", MountAttributes::lastModifiedTime);
        BASIC.put("isDirectory", MountAttributes::isDirectory);
        BASIC.put("isRegularFile", MountAttributes::isRegularFile);
        BASIC.put("isSymbolicLink", MountAttributes::isSymbolicLink);
        BASIC.put("isOther", MountAttributes::isOther);
        BASIC.put("fileKey", MountAttributes::fileKey);
        DOS.putAll(BASIC);
        DOS.put("readonly", MountAttributes::isReadOnly);
        DOS.put("hidden", MountAttributes::isHidden);
        DOS.put("system", MountAttributes::isSystem);
        DOS.put("archive", MountAttributes::isArchive);
    }

    private final Spot spot;
    private final String name;

    private MountAttributeView(Spot spot, String name) {
        this.spot = spot;
        this.name = name;
    }

    MountAttributeView(MountPath path, String name) {
        this(Spot.of(path), name);
    }

    /** The view of a type; null if it is not known. */
    static <V extends FileAttributeView> V of(Spot spot, Class<V> type) {
        if (type == BasicFileAttributeView.class) {
            return type.cast(new MountAttributeView(spot, "basic"));
        }
        return type == DosFileAttributeView.class ? type.cast(new MountAttributeView(spot, "dos")) : null;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public MountAttributes readAttributes() throws IOException {
        return spot.read((in, names) -> new MountAttributes(in.stat(names)));
    }

    /** Those that a list such as "size,isDirectory" or "*" names. */
    Map<String, Object> read(String list) throws IOException {
        Map<String, Function<MountAttributes, Object>> known = name.equals("dos") ? DOS : BASIC;
        Set<String> wanted = new java.util.LinkedHashSet<>();
        for (String word : list.split(",", -1)) {
            if (word.equals("*")) {
                wanted.addAll(known.keySet());
            } else if (known.containsKey(word)) {
                wanted.add(word);
            } else {
                throw new IllegalArgumentException("attribute '" + word + "' of the view " + name + " is not known");
            }
        }
        MountAttributes attributes = readAttributes();
        Map<String, Object> values = new LinkedHashMap<>();
        wanted.forEach(word -> values.put(word, known.get(word).apply(attributes)));
        return values;
    }

    void set(String attribute, Object value) throws IOException {
        switch (attribute) {
            case "lastModifiedTime" -> setTimes((FileTime) value, null, null);
            case "lastAccessTime" -> setTimes(null, (FileTime) value, null);
            case "creationTime" -> setTimes(null, null, (FileTime) value);
            case "readonly" -> setDos(attribute, NodeInfo.Flag.READ_ONLY, (Boolean) value);
            case "hidden" -> setDos(attribute, NodeInfo.Flag.HIDDEN, (Boolean) value);
            case "system" -> setDos(attribute, NodeInfo.Flag.SYSTEM, (Boolean) value);
            case "archive" -> setDos(attribute, NodeInfo.Flag.ARCHIVE, (Boolean) value);
            default ->
                throw new IllegalArgumentException(
                        "attribute '" + attribute + "' of the view " + name + " is not known or cannot be set");
        }
    }

    private void setDos(String attribute, NodeInfo.Flag flag, boolean value) throws IOException {
        if (!name.equals("dos")) {
            throw new IllegalArgumentException("attribute '" + attribute + "' belongs to the view dos");
        }
        setFlag(flag, value);
    }

    @Override
    public void setTimes(FileTime modified, FileTime accessed, FileTime created) throws IOException {
        spot.change((in, names) -> {
            in.setTimes(names, instant(modified), instant(accessed), instant(created));
            spot.tell(StandardWatchEventKinds.ENTRY_MODIFY);
            return null;
        });
    }

    private static Instant instant(FileTime time) {
        return time == null ? null : time.toInstant();
    }

    private void setFlag(NodeInfo.Flag flag, boolean value) throws IOException {
        spot.change((in, names) -> {
            Set<NodeInfo.Flag> flags = EnumSet.noneOf(NodeInfo.Flag.class);
            flags.addAll(in.stat(names).flags());
            if (value) {
                flags.add(flag);
            } else {
                flags.remove(flag);
            }
            in.setFlags(names, flags);
            spot.tell(StandardWatchEventKinds.ENTRY_MODIFY);
            return null;
        });
    }

    @Override
    public void setReadOnly(boolean value) throws IOException {
        setFlag(NodeInfo.Flag.READ_ONLY, value);
    }

    @Override
    public void setHidden(boolean value) throws IOException {
        setFlag(NodeInfo.Flag.HIDDEN, value);
    }

    @Override
    public void setSystem(boolean value) throws IOException {
        setFlag(NodeInfo.Flag.SYSTEM, value);
    }

    @Override
    public void setArchive(boolean value) throws IOException {
        setFlag(NodeInfo.Flag.ARCHIVE, value);
    }

    /** Gives another file these times and flags. */
    void copyFrom(BasicFileAttributes attributes) throws IOException {
        setTimes(attributes.lastModifiedTime(), attributes.lastAccessTime(), attributes.creationTime());
        if (attributes instanceof MountAttributes ours) {
            spot.change((in, names) -> {
                in.setFlags(names, ours.info().flags());
                return null;
            });
        }
    }
}
