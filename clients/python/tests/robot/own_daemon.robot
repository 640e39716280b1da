*** Settings ***
Documentation       Starts a daemon for itself.
Library             winsockd.robot.WinsockdLibrary


*** Test Cases ***
A Daemon Is Started
    ${rig} =    Open Rig    command=${COMMAND}
    Log To Console    daemon at ${rig.settings.url}
    ${socket} =    Open Socket
    Listen On    ${socket}
    Socket State Should Be    ${socket}    listening
