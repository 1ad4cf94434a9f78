package org.unplug.scsi.target;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** PERSISTENT RESERVE and RESERVE(6), between three initiators. */
class ReservationsTest extends Bench {

    private static final int REGISTER = 0;
    private static final int RESERVE = 1;
    private static final int RELEASE = 2;
    private static final int CLEAR = 3;
    private static final int PREEMPT = 4;
    private static final int PREEMPT_AND_ABORT = 5;
    private static final int IGNORE = 6;

    private final Nexus third = target.join("third");

    ReservationsTest() {
        unit.takeAttention(third);
    }

    private String out(Nexus by, int action, int type, long key, long actionKey) {
        byte[] list = new byte[24];
        Bytes.put64(list, 0, key);
        Bytes.put64(list, 8, actionKey);
        return run(by, 0, new Order(String.format("5f %02x %02x 0000 00000018 00", action, type), list))
                .told();
    }

    private byte[] in(int action) {
        return good(String.format("5e %02x 0000000000 00ff 00", action), 255).moved();
    }

    private int generation() {
        return (int) Bytes.get32(in(0), 0);
    }

    private String read(Nexus by) {
        return tell(by, "28 00 00000000 00 0001 00", 512);
    }

    private String write(Nexus by) {
        return tell(by, "2a 00 00000000 00 0001 00", 512);
    }

    private static String said(boolean allowed) {
        return allowed ? "GOOD" : "RESERVATION_CONFLICT";
    }

    /** The holder, another registrant, and somebody unregistered: who may read and who may write. */
    @ParameterizedTest
    @EnumSource(Reservations.Type.class)
    void reservation_hindersWhomItsTypeSays(Reservations.Type type) {
        boolean exclusive = type.name().startsWith("EXCLUSIVE");
        boolean registrants = type.name().contains("REGISTRANTS");
        assertEquals("GOOD", out(first, REGISTER, 0, 0, 0x11));
        assertEquals("GOOD", out(second, REGISTER, 0, 0, 0x22));
        assertEquals("GOOD", out(first, RESERVE, type.code, 0x11, 0));
        assertEquals("GOOD", read(first));
        assertEquals("GOOD", write(first));
        assertEquals(said(registrants || !exclusive), read(second));
        assertEquals(said(registrants), write(second));
        assertEquals(said(!exclusive), read(third));
        assertEquals(said(false), write(third));
        assertEquals("GOOD", tell(third, "00 0000000000", 0));
        assertEquals("GOOD", tell(third, "12 00 00 0024 00", 36));
        assertEquals(said(false), tell(third, "15 10 0000 00 00", 0));
        assertEquals(said(false), tell(third, "1e 00 0000 01 00", 0));
        assertEquals("GOOD", tell(third, "1e 00 0000 00 00", 0));
        assertEquals(said(false), tell(third, "1b 00 00 00 00 00", 0));
        assertEquals("GOOD", tell(third, "1b 00 00 00 01 00", 0));
        byte[] told = in(1);
        assertEquals(24, told.length);
        assertEquals(type.code, told[21]);
        assertEquals(type.all ? 0 : 0x11, Bytes.get64(told, 8));
    }

    @Test
    void registration_wantsTheKeyThatItHas() {
        assertEquals(said(false), out(first, REGISTER, 0, 0x99, 0x11));
        assertEquals("GOOD", out(first, REGISTER, 0, 0, 0x11));
        assertEquals(said(false), out(first, REGISTER, 0, 0, 0x12));
        assertEquals("GOOD", out(first, REGISTER, 0, 0x11, 0x12));
        assertEquals("GOOD", out(first, IGNORE, 0, 0x77, 0x13));
        assertEquals(3, generation());
        assertEquals(0x13, Bytes.get64(in(0), 8));
        assertEquals("GOOD", out(first, REGISTER, 0, 0x13, 0));
        assertEquals(8, in(0).length);
        assertEquals("GOOD", out(first, IGNORE, 0, 0, 0), "nothing to be undone");
        assertEquals(4, generation());
    }

    @Test
    void strangers_canNothing() {
        for (int action : new int[] {RESERVE, RELEASE, CLEAR, PREEMPT, PREEMPT_AND_ABORT}) {
            assertEquals(said(false), out(first, action, 1, 0x11, 0x11));
        }
    }

    @Test
    void reserving_twice_isForTheHolderOfTheSameTypeOnly() {
        out(first, REGISTER, 0, 0, 0x11);
        out(second, REGISTER, 0, 0, 0x22);
        assertEquals("GOOD", out(first, RESERVE, 1, 0x11, 0));
        assertEquals("GOOD", out(first, RESERVE, 1, 0x11, 0));
        assertEquals(said(false), out(first, RESERVE, 3, 0x11, 0));
        assertEquals(said(false), out(second, RESERVE, 1, 0x22, 0));
        assertEquals("GOOD", out(second, RELEASE, 1, 0x22, 0), "not the holder: nothing happens");
        assertEquals(said(false), write(second));
        assertEquals("5/26/04", out(first, RELEASE, 3, 0x11, 0));
        assertEquals("GOOD", out(first, RELEASE, 1, 0x11, 0));
        assertEquals("GOOD", write(second));
    }

    @ParameterizedTest
    @CsvSource({"16, 5/24/00 cdb 2.7", "0, 5/24/00 cdb 2.3", "2, 5/24/00 cdb 2.3", "9, 5/24/00 cdb 2.3"})
    void scopeOrType_thatIsNone_isPointedAt(int scopeAndType, String told) {
        out(first, REGISTER, 0, 0, 0x11);
        assertEquals(told, out(first, RESERVE, scopeAndType, 0x11, 0));
    }

    @ParameterizedTest
    @CsvSource({"01, 20.0", "04, 20.2", "08, 20.3"})
    void whatIsNotHad_isRefusedAndNotClaimed(String flag, String where) {
        byte[] list = new byte[24];
        list[20] = HexFormat.of().parseHex(flag)[0];
        assertEquals("5/26/00 list " + where, tell("5f 00 00 0000 00000018 00", list));
        assertEquals("00080080ea010000", HexFormat.of().formatHex(in(2)));
    }

    @Test
    void release_ofARegistrantsReservation_isToldToTheOthers() {
        out(first, REGISTER, 0, 0, 0x11);
        out(second, REGISTER, 0, 0, 0x22);
        out(first, RESERVE, 5, 0x11, 0);
        out(first, RELEASE, 5, 0x11, 0);
        assertEquals("6/2a/04", read(second));
        assertEquals("GOOD", read(first));
        assertEquals("GOOD", read(third));
    }

    @Test
    void holder_thatUnregisters_endsTheReservation_butOneOfManyHoldersDoesNot() {
        out(first, REGISTER, 0, 0, 0x11);
        out(second, REGISTER, 0, 0, 0x22);
        out(first, RESERVE, 6, 0x11, 0);
        out(first, REGISTER, 0, 0x11, 0);
        assertEquals("6/2a/04", read(second));
        assertEquals("GOOD", write(third));
        out(first, REGISTER, 0, 0, 0x11);
        out(first, RESERVE, 8, 0x11, 0);
        out(first, REGISTER, 0, 0x11, 0);
        assertEquals(said(false), read(third));
        out(second, REGISTER, 0, 0x22, 0);
        assertEquals("GOOD", read(third), "the last one ends it");
    }

    @Test
    void clear_takesEverythingAndTellsTheOthers() {
        out(first, REGISTER, 0, 0, 0x11);
        out(second, REGISTER, 0, 0, 0x22);
        out(second, RESERVE, 3, 0x22, 0);
        assertEquals("GOOD", out(first, CLEAR, 0, 0x11, 0));
        assertEquals(3, generation());
        assertEquals("6/2a/03", read(second));
        assertEquals(8, in(0).length);
        assertEquals("GOOD", write(third));
    }

    @Test
    void preempt_takesTheReservationOfTheKeyThatItNames() {
        out(first, REGISTER, 0, 0, 0x11);
        out(second, REGISTER, 0, 0, 0x22);
        out(third, REGISTER, 0, 0, 0x33);
        out(second, RESERVE, 3, 0x22, 0);
        assertEquals(said(false), out(first, PREEMPT, 1, 0x11, 0x99));
        assertEquals("5/26/00 list 8", out(first, PREEMPT, 1, 0x11, 0));
        assertEquals("GOOD", out(first, PREEMPT, 1, 0x11, 0x33), "a registration only");
        assertEquals("6/2a/05", read(third));
        assertEquals(said(false), write(first));
        assertEquals("GOOD", out(first, PREEMPT_AND_ABORT, 1, 0x11, 0x22));
        assertEquals("6/2a/05", read(second));
        assertEquals("GOOD", write(first));
        assertEquals(said(false), write(second));
        assertEquals(16, in(0).length, "one key is left");
    }

    @Test
    void preempt_ofAllRegistrants_withoutAKey_leavesItsDoerAlone() {
        out(first, REGISTER, 0, 0, 0x11);
        out(second, REGISTER, 0, 0, 0x22);
        out(second, RESERVE, 7, 0x22, 0);
        assertEquals("GOOD", out(first, PREEMPT, 3, 0x11, 0));
        assertEquals("6/2a/05", read(second));
        assertEquals(said(false), read(second));
        assertEquals("GOOD", write(first));
    }

    @Test
    void fullStatus_namesEachPortAndWhoHolds() {
        out(first, REGISTER, 0, 0, 0x11);
        out(second, REGISTER, 0, 0, 0x22);
        out(second, RESERVE, 1, 0x22, 0);
        byte[] data = in(3);
        assertEquals(8 + 2 * 48, data.length);
        assertEquals(0x11, Bytes.get64(data, 8));
        assertEquals(0, data[20]);
        assertEquals(1, data[8 + 48 + 12]);
        assertEquals(1, data[8 + 48 + 13]);
        assertEquals("first", new String(data, 8 + 24 + 4, 5, StandardCharsets.US_ASCII));
    }

    @Test
    void registration_outlivesTheNexus_andAReset() {
        out(first, REGISTER, 0, 0, 0x11);
        out(first, RESERVE, 3, 0x11, 0);
        target.leave(first);
        assertEquals(said(false), read(second));
        target.reset();
        assertEquals("6/29/03", read(second));
        assertEquals(said(false), read(second));
        Nexus again = target.join("first");
        assertEquals("6/29/00", read(again));
        assertEquals("GOOD", read(again));
    }

    @Test
    void simpleReservation_hindersNearlyEverything_untilReleasedResetOrLost() {
        assertEquals("GOOD", tell(first, "16 00 0000 00 00", 0));
        assertEquals("GOOD", tell(first, "16 00 0000 00 00", 0));
        assertEquals(said(false), tell(second, "16 00 0000 00 00", 0));
        assertEquals(said(false), tell(second, "00 0000000000", 0));
        assertEquals("GOOD", tell(second, "12 00 00 0024 00", 36));
        assertEquals("GOOD", tell(second, "17 00 0000 00 00", 0), "a release of another's does nothing");
        assertEquals(said(false), out(second, REGISTER, 0, 0, 0x22));
        assertEquals("GOOD", tell(first, "17 00 0000 00 00", 0));
        assertEquals("GOOD", tell(second, "16 00 0000 00 00", 0));
        target.leave(second);
        assertEquals("GOOD", tell(first, "16 00 0000 00 00", 0));
        target.resetUnit(0);
        assertEquals("6/29/03", read(third));
        assertEquals("GOOD", read(third));
    }

    @Test
    void simpleReservation_isNotHadBesideRegistrations() {
        out(first, REGISTER, 0, 0, 0x11);
        assertEquals(said(false), tell(first, "16 00 0000 00 00", 0));
        assertEquals(said(false), tell(first, "17 00 0000 00 00", 0));
    }
}
