# cmake -DFROM=<file.mjs> -DTO=<file.mjs> -P CopyModule.cmake: a module of the browser package without the lines that are
# comments, a sixth of what a page would load of the modules. Lines of template strings must not look like comments.
file(READ ${FROM} text)
string(PREPEND text "\n")
string(REGEX REPLACE "\n[ \t]*(//|/[*][*]|[*])[^\n]*" "" text "${text}")
string(REGEX REPLACE "^\n+" "" text "${text}")
file(WRITE ${TO} "${text}")
