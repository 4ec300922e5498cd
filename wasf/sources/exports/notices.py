"""What WhatsApp calls its files, and how its notices and long placeholders begin: data."""

from functools import lru_cache

from wasf.sources.exports.phrases import phrases
from wasf.sources.exports.text import fold_phrase

# --- notices


FILE_NAMES = phrases("""
WhatsApp Gesprek met %s | دردشة واتساب مع %s | %s ilə WhatsApp Söhbəti | WhatsApp Чат с %s |
%s এর সাথে WhatsApp চ্যাট | Xat de WhatsApp amb %s | Chat WhatsApp s uživatelem %s |
WhatsApp chat med %s | WhatsApp Chat mit %s | Συνομιλία WhatsApp με %s | Chat de WhatsApp con %s |
WhatsApp'i vestlus kontaktiga %s | گفتگوی WhatsApp با %s | WhatsApp-keskustelu henkilön %s kanssa |
Discussion WhatsApp avec %s | %s સાથેની WhatsApp વાત | צ'אט WhatsApp עם %s |
%s के साथ WhatsApp चैट | WhatsApp razgovor s %s | WhatsApp csevegés vele: %s |
Chat WhatsApp dengan %s | Chat WhatsApp con %s | %sとのWhatsAppチャット | WhatsApp чат: %s |
%s ಜೊತೆ WhatsApp ಸಂಭಾಷಣೆ | %s님과의 WhatsApp 대화 | WhatsApp pokalbis su %s |
WhatsApp sarakste ar %s | WhatsApp разговор со %s | %s മായുള്ള WhatsApp ചാറ്റുകൾ |
%s सोबतच्या WhatsApp गप्पा | Sembang WhatsApp dengan %s | WhatsApp-samtale med %s |
WhatsApp-chat met %s | %s ਨਾਲ WhatsApp ਗੱਲਬਾਤ | Czat WhatsApp z %s | Conversa do WhatsApp com %s |
Conversa no WhatsApp com %s | Conversație WhatsApp cu %s | Чат WhatsApp с %s |
WhatsApp chat s používateľom %s | WhatsApp klepet z %s | Biseda me %s në WhatsApp |
WhatsApp Ћаскање са %s | WhatsApp-chatt med %s | Soga za WhatsApp na %s |
%s உடன் WhatsApp உரையாடல் | %s తో WhatsApp సంభాషణ | แชท WhatsApp กับ %s | WhatsApp Chat kay %s |
%s ile WhatsApp Sohbeti | Бесіда WhatsApp з %s | %s کے ساتھ WhatsApp بات چیت |
%s bilan WhatsApp chati | Trò chuyện WhatsApp với %s | WhatsApp 与 %s 的对话 |
WhatsApp 與 %s 的對話 | WhatsApp Chat with %s | WhatsApp-Chat mit %s |
Чат WhatsApp с контактом %s | 与%s的 WhatsApp 聊天 | WhatsApp Chat - %s | WhatsApp chat with %s
""")
"""What a file is called; `%s` is the chat's name."""

DELETED_BY_ADMIN = phrases("""
حذف المشرف %@ هذه الرسالة. | অ্যাডমিন %@ এই মেসেজটি বাদ দিয়েছেন। |
Aquest missatge l'ha suprimit un administrador: %@. |
Tuto zprávu smazal jeden ze správců skupiny (%@). |
Denne besked er blevet slettet af administratoren %@. |
Diese Nachricht wurde von Admin %@ gelöscht. | Αυτό το μήνυμα διαγράφηκε από τον διαχειριστή %@. |
This message was deleted by admin %@. | Un admin., %@, eliminó este mensaje. |
این پیام را مدیر (%@) حذف کرد. | Ylläpitäjä, %@, poisti tämän viestin. |
Ce message a été supprimé par l'admin %@ | Scrios %@ (riarthóir) an teachtaireacht seo. |
આ મેસેજ %@ એડમિને ડિલીટ કરી દીધો છે. | ההודעה נמחקה על ידי %@, מנהל/ת הקבוצה. |
यह मैसेज एडमिन %@ ने डिलीट कर दिया है. | Ovu je poruku izbrisao administrator %@. |
Ezt az üzenetet az egyik admin (%@) eltávolította. | Pesan ini dihapus oleh admin %@. |
Questo messaggio è stato eliminato dall'amministratore %@. |
このメッセージは管理者(%@)により削除されました。 | 이 메시지는 관리자 %@에 의해 삭제되었습니다. |
हा मेसेज %@ या ॲडमिनने हटवला. | Mesej ini telah dipadamkan oleh pentadbir %@. |
Denne meldingen ble slettet av administrator %@. | Dit bericht is verwijderd door beheerder %@. |
Tę wiadomość usunął administrator %@. | Mensagem apagada por um admin (%@) |
Esta mensagem foi apagada por um/a administrador/a, %@. | Acest mesaj a fost șters de admin, %@. |
Данное сообщение удалено админом (%@). | Túto správu odstránil správca (%@). |
Det här meddelandet togs bort av administratör %@. | ข้อความนี้ถูกลบโดยผู้ดูแล %@ |
Bu mesaj %@ adlı yönetici tarafından silindi. | Це повідомлення видалив адміністратор (%@). |
یہ میسج ایڈمن %@ نے حذف کر دیا ہے۔ | Quản trị viên %@ đã xóa tin nhắn này. |
管理員%@已刪除此訊息。 | 管理员 %@ 已删除这条消息。 | 管理員 %@ 已刪除此訊息。
""")
"""The same by a group's admin, named at `%@`."""

VIEW_ONCE = phrases("""
لقد تلقيت رسالة للعرض مرة واحدة. | আপনি "একবার দেখা যাবে" এমন মেসেজ পেয |
Has rebut un missatge que només es p | Obdržel/a jste zprávu s jednorázovým |
Du har modtaget en besked med engang | Du hast eine Nachricht zur einmalige |
Λάβατε ένα μήνυμα προβολής μίας φορά | You received a view once message. |
Recibiste un mensaje de visualizació | پیام یک‌بار قابل‌مشاهده‌ای دریافت کر |
Sait vain kerran katsottavan viestin | Vous avez reçu un message à vue uniq |
Fuair tú teachtaireacht amhairc aonu | તમને એક વાર જોઈ શકાય તેવો મેસેજ મળ્ય |
קיבלת הודעה שמוגדרת לצפייה חד פעמית. | आपको एक बार देखा जा सकने वाला मैसेज |
Primili ste poruku s jednokratnim pr | Egyszer megtekinthető üzenetet kaptá |
Anda menerima pesan sekali lihat. | Hai ricevuto un messaggio visualizza |
1回表示のメッセージを受信しました。 | 한 번만 표시되는 메시지를 받았습니다. |
तुम्हाला एकदाच पाहता येणारा मेसेज मि | Anda telah menerima mesej sekali pap |
Du har mottatt en melding som kan vi | U hebt een bericht voor eenmalige we |
Otrzymałeś(-aś) wiadomość do jednora | Você recebeu uma mensagem de visuali |
Recebeu uma mensagem de visualização | Ați primit un mesaj cu afișare unică |
Вы получили сообщение однократного п | Dostali ste správu na jedno pozretie |
Du har fått ett meddelande som visas | คุณได้รับข้อความที่ดูได้ครั้งเดียว ค |
Bir kez görüntülendikten sonra kaybo | Ви отримали одноразове повідомлення. |
آپ کو ایک بار دیکھنے کا میسج موصول ہ | Bạn đã nhận được tin nhắn xem một lầ |
您收到閱後即删訊息。 | 您收到了仅可查看一次的消息。 | 您已收到一則單次檢視訊息。
""")
"""How the text about a view-once message begins."""

VIEW_ONCE_OMITTED = phrases("""
View once voice message omitted | View once photo omitted | View once video omitted |
View once message omitted
""")
"""Android, in angle brackets: a view-once message in an export without media."""

WAITING = phrases("""
في انتظار هذه الرسالة | এই মেসেজের জন্য অপেক্ষা করা হচ্ছে। | Esperant aquest missatge. |
Čeká se na tuto zprávu. | Venter på denne besked. | Warte auf diese Nachricht. |
Αναμονή για αυτό το μήνυμα. | Waiting for this message. | Esperando el mensaje. |
در انتظار برای این پیام. | Odotetaan tätä viestiä. | En attente de ce message. |
Ag fanacht leis an teachtaireacht se | આ મેસેજની રાહ જોવાય છે. | בהמתנה להודעה זו. |
इस मैसेज को लोड होने में थोड़ा समय ल | Čekanje na ovu poruku. | Várakozás az üzenetre. |
Menunggu pesan ini. | In attesa del messaggio. | メッセージを待っています。 |
메시지 암호화 대기중입니다. | या मेसेजची प्रतीक्षा करत आहोत. | Menunggu untuk mesej ini. |
Venter på denne meldingen. | Wachten op dit bericht. | Oczekiwanie na tę wiadomość. |
Aguardando mensagem. | A aguardar pela mensagem. | Se așteaptă mesajul. | Ожидание сообщения. |
Čaká sa na túto správu. | Väntar på meddelande. | กำลังรอข้อความนี้ อาจใช้เวลาสักครู่ |
Mesaj bekleniyor. | Очікування повідомлення. | اس میسج کا انتظار ہے۔ |
Đang chờ ghi chú thanh toán này. | 正在等待此訊息 | 正在等待信息 | 正在等待訊息 |
Waiting for this message
""")
"""How the text for a message that the phone had not received begins."""

ENCRYPTION = phrases("""
الرسائل والمكالمات مشفرة تمامًا بين | মেসেজ এবং কল এন্ড-টু-এন্ড এনক্রিপ্টে |
Els missatges i les trucades estan x | Zprávy a hovory jsou opatřeny koncov |
Beskeder og opkald er end-to-end-kry | Nachrichten und Anrufe sind Ende-zu- |
Τα μηνύματα και οι κλήσεις κρυπτογρα | Messages and calls are end-to-end en |
Los mensajes y las llamadas están ci | پیام‌ها و تماس‌ها سرتاسر رمزگذاری شد |
Viestit ja puhelut salataan täysin. | Les messages et les appels sont chif |
Déantar criptiúchán ó cheann go cean | મેસેજ અને કૉલ શરૂથી અંત સુધી સુરક્ષિ |
ההודעות והשיחות מוצפנות מקצה-לקצה. ל | मैसेजेस और कॉल्स एंड-टू-एंड एन्क्रिप |
Poruke i pozivi zaštićeni su potpuno | Az üzenetek és hívások végpontok köz |
Pesan dan panggilan terenkripsi seca | I messaggi e le chiamate sono critto |
メッセージと通話はエンドツーエンド暗号化されています。チャットの参加者以 |
메시지 및 전화는 종단간 암호화되어 안전합니다. 아무도 엿보거나 |
मेसेजेस आणि कॉल्स एन्ड-टू-एन्ड एन्क् | Mesej dan panggilan disulitkan hujun |
Meldinger og samtaler er ende-til-en | Berichten en gesprekken worden end-t |
Wiadomości i połączenia są w pełni z | As mensagens e as chamadas são prote |
As mensagens e chamadas são encripta | Mesajele și apelurile sunt criptate |
Сообщения и звонки защищены сквозным | Správy a hovory sú zabezpečené šifro |
Meddelanden och samtal är komplett k | ข้อความและการโทรได้รับการเข้ารหัสจาก |
Mesajlar ve aramalar uçtan uca şifre | Повідомлення й дзвінки захищено наск |
میسجز اور کالز اینڈ ٹو اینڈ اینکرپشن | Tin nhắn và cuộc gọi được mã hóa đầu |
訊息和通話經端對端加密。對話以外的任何人 (即使是 WhatsApp) |
消息和通话都进行端到端加密。对话之外的任何人，甚至包含 WhatsApp |
訊息已受端對端加密保護。此對話以外所有人，包括 WhatsApp 在內， |
الرسائل التي ترسلها لنفسك مشفرة تمام | নিজেকে করা মেসেজ এন্ড-টু-এন্ড এনক্রি |
Els missatges a un mateix estan xifr | Zprávy, které odesíláte sobě, jsou o |
Beskeder til dig selv er end-to-end- | Nachrichten an dich selbst sind Ende |
Τα μηνύματα που στέλνετε στον εαυτό | Messages to yourself are end-to-end |
Los mensajes enviados a este mismo n | پیام‌‌های ارسالی به خودتان سرتاسر رم |
Viestit, jotka olet lähettänyt itsel | Les messages que vous recevez sont c |
Déantar criptiú ó cheann go ceann ar | પોતાને કરવામાં આવતા મેસેજ એન્ડ-ટૂ-એન |
ההודעות שנשלחות אל עצמך מוצפנות מקצה | आप जो मैसेजेस खुद को भेजते हैं वे एं |
Poruke upućene vama zaštićene su sve | A magadnak küldött üzenetek végponto |
Pesan kepada diri sendiri terenkrips | I messaggi che ti invii sono crittog |
自分宛てのメッセージはエンドツーエンド暗号化されています。チャットの参加 |
나에게 보내는 메시지는 종단간 암호화되어 안전합니다. 이 채팅에 |
स्वतःला पाठवलेले मेसेजेस एन्ड-टू-एन् | Mesej kepada diri sendiri disulitkan |
Meldinger til deg selv er ende-til-e | Berichten aan uzelf worden end-to-en |
Wiadomości do siebie są w pełni zasz | As mensagens que você envia nesta co |
As mensagens que envia para si são e | Mesajele către dvs. sunt criptate in |
Сообщения для себя защищены сквозным | Správy, ktoré odosielate sebe, sú za |
Meddelanden som du skickar till dig | ข้อความถึงตัวเองได้รับการเข้ารหัสจาก |
Kendinize gönderdiğiniz mesajlar uçt | Повідомлення, надіслані собі, захище |
خود کو کیے گئے میسجز اینڈ ٹو اینڈ ای | Tin nhắn gửi cho chính bạn được mã h |
傳送給自己的訊息會經端對端加密。對話以外的任何人 (即使是 WhatsA |
您发送给自己的消息会进行端到端加密。该对话以外的任何人都无法查看和收听， |
您傳給自己的訊息皆受端對端加密保護。此對話以外的任何人，包括 Whats |
Messages to this chat and calls are | Messages to this group are now secur |
Messages to this group
""")
"""How the notice begins that a chat is encrypted."""

GROUP = phrases("""
created group | created this group | added you | were added | changed the subject | joined using |
changed this group's | changed the group | left the group | security code for this group |
hat die Gruppe | hast die Gruppe | wurdest hinzugefügt | hat dich hinzugefügt | creó el grupo |
te añadió | te agregó | creaste el grupo | a créé le groupe | vous a ajouté | avez créé le groupe |
criou o grupo | criou este grupo | te adicionou | ha creato il gruppo | ti ha aggiunto |
heeft de groep | heeft je toegevoegd | создал группу | создал(-а) группу | grubunu oluşturdu |
to this group are now secured
""")
"""Parts of the notices that only groups have."""


# --- noticing
# Whether a line is a notice that tells of a chat: that it is encrypted, or that it is a group.


_LONGEST_OPENING, _LONGEST_NOTICE = 120, 300
_ENCRYPTION = tuple(map(fold_phrase, ENCRYPTION))


def is_encryption_notice(text: str) -> bool:
    """Whether it is the notice that a chat is encrypted, with which most exports begin."""
    return _begins_like_encryption(text[:_LONGEST_OPENING])


@lru_cache(512)
def _begins_like_encryption(text: str) -> bool:
    return fold_phrase(text).startswith(_ENCRYPTION)


def is_group_notice(text: str) -> bool:
    """Whether it is a notice that only groups have."""
    # What is remembered is short: a line may be a megabyte.
    return _has_group_words(text) if len(text) <= _LONGEST_NOTICE else _look_for_group_words(text)


def _look_for_group_words(text: str) -> bool:
    return any(part in text for part in GROUP)


_has_group_words = lru_cache(512)(_look_for_group_words)
