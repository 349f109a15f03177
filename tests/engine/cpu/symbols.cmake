# cmake -DNM=… -DOBJECTS=… -P symbols.cmake: the object files of instruction sets above the
# baseline define no symbol that the linker could share with the rest of the program (tables.h).
set(failed FALSE)
set(seen 0)
foreach(object IN LISTS OBJECTS)
    if(NOT object MATCHES "/cpu/(avx2|avx512|amx)/")
        continue()
    endif()
    math(EXPR seen "${seen} + 1")
    execute_process(COMMAND ${NM} -C --defined-only ${object}
        OUTPUT_VARIABLE symbols RESULT_VARIABLE status)
    if(NOT status EQUAL 0)
        message(FATAL_ERROR "${NM} can not read ${object}")
    endif()
    # W and V: weak; u: unique, in one copy for the whole process.
    string(REGEX MATCHALL "[^\n]* [WVu] [^\n]*" shared "${symbols}")
    # A pointer to the exception runtime, in builds without optimisation: no code.
    list(FILTER shared EXCLUDE REGEX "DW\\.ref\\.")
    foreach(line IN LISTS shared)
        message("${object}: ${line}")
        set(failed TRUE)
    endforeach()
endforeach()
if(failed OR seen EQUAL 0)
    message(FATAL_ERROR "${seen} object files looked at; they must define no weak symbol")
endif()
message("${seen} object files define no weak symbol")
