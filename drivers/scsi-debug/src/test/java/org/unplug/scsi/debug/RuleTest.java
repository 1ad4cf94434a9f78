package org.unplug.scsi.debug;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.unplug.scsi.SenseKey;

class RuleTest {

    @Test
    void text_isReadAsItIsWritten() {
        String text = "fault=SENSE,with=3/11/0,target=0,lun=1,opcode=28,after=2,times=3";
        assertEquals(text, Rule.parse(text).toString());
        assertEquals(Rule.of(Fault.TIME_OUT), Rule.parse("fault=time_out"));
        assertEquals(
                Rule.of(Fault.SENSE, "3/11/0").on(0, 1).forOpcode(0x28).after(2).times(3), Rule.parse(text));
        assertEquals(SenseKey.MEDIUM_ERROR, Rule.parse(text).sense().key());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "fault=what | unknown fault 'what'",
                "target=1 | no fault",
                "fault=SENSE | want key/code/qualifier",
                "fault=SENSE,with=3/11 | want key/code/qualifier",
                "fault=STATUS,with=GREAT | want one of",
                "fault=SLOW,with=-1 | want microseconds",
                "fault=TIME_OUT,with=1 | wants nothing",
                "fault=ABORT_FAILS,opcode=28 | cannot name an opcode",
                "fault=TIME_OUT,opcode=100 | opcode 0 to ff",
                "fault=TIME_OUT,times=x | a number was expected",
                "fault=TIME_OUT,speed=3 | unknown [speed]",
                "fault | want key=value"
            })
    void mistake_isOneLineThatNamesIt(String text, String words) {
        String said = assertThrows(IllegalArgumentException.class, () -> Rule.parse(text))
                .getMessage();
        assertTrue(said.contains(words), said);
        assertEquals(1, said.lines().count());
    }
}
