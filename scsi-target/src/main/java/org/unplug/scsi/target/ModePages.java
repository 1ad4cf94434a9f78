package org.unplug.scsi.target;

import java.io.ByteArrayOutputStream;
import java.util.TreeMap;

/**
 * The mode pages of a unit (SPC-4, 7.5; SBC-3, 6.5), the same for all initiators; nothing is saved. Each is its bytes as they are, as
 * they were at power on, and which of their bits can be changed.
 */
final class ModePages {

    static final int ERROR_RECOVERY = 0x01;
    static final int CACHING = 0x08;
    static final int CONTROL = 0x0A;
    static final int EXCEPTIONS = 0x1C;
    static final int ALL = 0x3F;

    static final int CURRENT = 0;
    static final int CHANGEABLE = 1;
    static final int DEFAULT = 2;

    private static final int WCE = 0x04;
    private static final int DESCRIPTOR_SENSE = 0x04;
    private static final int SOFTWARE_WRITE_PROTECT = 0x08;
    private static final int UNRESTRICTED_REORDERING = 0x10;

    private record Page(byte[] current, byte[] changeable, byte[] atPowerOn) {
        byte[] of(int control) {
            return control == CURRENT ? current : control == CHANGEABLE ? changeable : atPowerOn;
        }
    }

    // Guarded by this, but for the glimpses.
    private final TreeMap<Integer, Page> pages = new TreeMap<>();
    private volatile boolean writeCache;
    private volatile boolean descriptorSense;
    private volatile boolean writeProtected;

    ModePages(UnitSpec spec, boolean beyondFixedSense) {
        add(ERROR_RECOVERY, 12, new byte[0], new byte[0]);
        add(CACHING, 20, new byte[] {(byte) (spec.writeCache() ? WCE : 0)}, new byte[] {WCE});
        add(
                CONTROL,
                12,
                new byte[] {(byte) (beyondFixedSense ? DESCRIPTOR_SENSE : 0), UNRESTRICTED_REORDERING},
                new byte[] {DESCRIPTOR_SENSE, 0, SOFTWARE_WRITE_PROTECT});
        add(EXCEPTIONS, 12, new byte[0], new byte[0]);
        glimpse();
    }

    private void add(int code, int bytes, byte[] content, byte[] changeable) {
        pages.put(
                code, new Page(page(code, bytes, content), page(code, bytes, changeable), page(code, bytes, content)));
    }

    private static byte[] page(int code, int bytes, byte[] content) {
        byte[] page = new byte[bytes];
        page[0] = (byte) code;
        page[1] = (byte) (bytes - 2);
        System.arraycopy(content, 0, page, 2, content.length);
        return page;
    }

    private void glimpse() {
        writeCache = (pages.get(CACHING).current[2] & WCE) != 0;
        descriptorSense = (pages.get(CONTROL).current[2] & DESCRIPTOR_SENSE) != 0;
        writeProtected = (pages.get(CONTROL).current[4] & SOFTWARE_WRITE_PROTECT) != 0;
    }

    boolean writeCache() {
        return writeCache;
    }

    boolean descriptorSense() {
        return descriptorSense;
    }

    boolean writeProtected() {
        return writeProtected;
    }

    /** The page, or all of them, in a kind of values; null if there is none such. */
    synchronized byte[] read(int code, int control) {
        if (code != ALL) {
            Page page = pages.get(code);
            return page == null ? null : page.of(control).clone();
        }
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        pages.values().forEach(page -> all.writeBytes(page.of(control)));
        return all.toByteArray();
    }

    /** How long the page with this code is, or 0. */
    synchronized int length(int code) {
        Page page = pages.get(code);
        return page == null ? 0 : page.current.length;
    }

    /** The first bit of a page that differs and cannot be changed, as byte * 8 + bit; -1 if the page can be had. */
    synchronized int firstUnchangeable(byte[] list, int at) {
        Page page = pages.get(list[at] & 0x3F);
        for (int i = 2; i < page.current.length; i++) {
            int wrong = (list[at + i] ^ page.current[i]) & ~page.changeable[i] & 0xFF;
            if (wrong != 0) {
                return i * Byte.SIZE + 31 - Integer.numberOfLeadingZeros(wrong);
            }
        }
        return -1;
    }

    /** Takes a page that was found changeable; whether it changed anything. */
    synchronized boolean write(byte[] list, int at) {
        Page page = pages.get(list[at] & 0x3F);
        boolean changed = false;
        for (int i = 2; i < page.current.length; i++) {
            changed |= page.current[i] != list[at + i];
            page.current[i] = list[at + i];
        }
        glimpse();
        return changed;
    }
}
