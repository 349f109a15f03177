# Writes the tiny models into $ALCOVE_TEST_DATA/tiny with the Python of the test data (it has numpy).
set(data "$ENV{ALCOVE_TEST_DATA}")
find_program(python NAMES python3 python PATHS "${data}/venv/bin" "${data}/venv/Scripts"
             NO_DEFAULT_PATH)
if(NOT data OR NOT python)
    message("skipped: ALCOVE_TEST_DATA names no folder with a Python environment (venv)")
    return()
endif()
set(ENV{PYTHONPATH} "${SUPPORT}")
set(ENV{PYTHONDONTWRITEBYTECODE} 1)
execute_process(COMMAND "${python}" -m tiny_models "${data}/tiny" --manifest "${MANIFEST}"
                RESULT_VARIABLE status)
if(status)
    message(FATAL_ERROR "the tiny models could not be written, or differ from the manifest")
endif()
